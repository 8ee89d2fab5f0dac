/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Readers of sockets, their addresses and what they carry. */
#ifndef TETRAGON_HOOK_READ_SOCKET_H
#define TETRAGON_HOOK_READ_SOCKET_H

#include <bpf/bpf_endian.h>
#include <tetragon/hook/slot.h>

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd

#define IPPROTO_HOPOPTS 0
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_ROUTING 43
#define IPPROTO_FRAGMENT 44
#define IPPROTO_DSTOPTS 60
#define IPPROTO_SCTP 132
#define IPPROTO_UDPLITE 136

#define IPV6_HEADER 40
/* Of IPv6 extension headers that are skipped; more are not seen in the wild. */
#define EXTENSIONS_MAX 4

#define UNIX_PATH_MAX 108

/* Addresses and ports of both ends, as a socket has them. */
struct sock_ends {
	__u32 *saddr;
	__u32 *daddr;
	__u16 *sport;
	__u16 *dport;
};

static __always_inline void read_sock_ends(__u64 sk, __u16 family, struct sock_ends ends)
{
	if (family == AF_INET) {
		ends.saddr[0] = kernel_load(struct sock, sk, __sk_common.skc_rcv_saddr);
		ends.daddr[0] = kernel_load(struct sock, sk, __sk_common.skc_daddr);
	} else if (family == AF_INET6) {
		bpf_probe_read_kernel(ends.saddr, 16,
				      (void *)sk + bpf_core_field_offset(struct sock, __sk_common.skc_v6_rcv_saddr));
		bpf_probe_read_kernel(ends.daddr, 16,
				      (void *)sk + bpf_core_field_offset(struct sock, __sk_common.skc_v6_daddr));
	} else {
		return;
	}
	*ends.sport = kernel_load(struct sock, sk, __sk_common.skc_num);
	*ends.dport = bpf_ntohs(kernel_load(struct sock, sk, __sk_common.skc_dport));
}

static __noinline int read_sock(struct hook_call *call, __u32 index, __u64 sk)
{
	struct arg_sock *sock = slot_fixed(&call->slot[index], struct arg_sock);

	if (!kernel_address(sk))
		return -EFAULT;
	sock->cookie = sk;
	sock->family = kernel_load(struct sock, sk, __sk_common.skc_family);
	sock->state = kernel_load(struct sock, sk, __sk_common.skc_state);
	sock->type = kernel_load(struct sock, sk, sk_type);
	sock->protocol = kernel_load(struct sock, sk, sk_protocol);
	sock->mark = kernel_load(struct sock, sk, sk_mark);
	sock->priority = kernel_load(struct sock, sk, sk_priority);
	read_sock_ends(sk, sock->family, (struct sock_ends){sock->saddr, sock->daddr, &sock->sport, &sock->dport});
	return 0;
}

static __always_inline int read_socket(struct hook_call *call, __u32 index, __u64 socket)
{
	if (!kernel_address(socket))
		return -EFAULT;
	return read_sock(call, index, (__u64)kernel_load(struct socket, socket, sk));
}

static __always_inline bool has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_UDPLITE;
}

static __always_inline void read_ports(struct arg_skb *skb, __u64 transport)
{
	__be16 ports[2] = {};

	if (!has_ports(skb->protocol) || bpf_probe_read_kernel(ports, sizeof(ports), (void *)transport))
		return;
	skb->sport = bpf_ntohs(ports[0]);
	skb->dport = bpf_ntohs(ports[1]);
}

static __always_inline bool read_ipv4(struct arg_skb *skb, __u64 header)
{
	struct {
		__u8 version_length;
		__u8 tos;
		__u16 total;
		__u16 id;
		__be16 fragment;
		__u8 ttl;
		__u8 protocol;
		__u16 sum;
		__u32 saddr;
		__u32 daddr;
	} ip;

	if (bpf_probe_read_kernel(&ip, sizeof(ip), (void *)header) || ip.version_length >> 4 != 4)
		return false;
	skb->family = AF_INET;
	skb->protocol = ip.protocol;
	skb->saddr[0] = ip.saddr;
	skb->daddr[0] = ip.daddr;
	/* Only the first fragment has the transport's header. */
	if ((ip.fragment & bpf_htons(0x1fff)) == 0)
		read_ports(skb, header + (ip.version_length & 15) * 4);
	return true;
}

static __always_inline bool read_ipv6(struct arg_skb *skb, __u64 header)
{
	__u8 ip[8], extension[8], next;
	__u64 at = header + IPV6_HEADER;
	int i;

	if (bpf_probe_read_kernel(ip, sizeof(ip), (void *)header) || ip[0] >> 4 != 6)
		return false;
	skb->family = AF_INET6;
	bpf_probe_read_kernel(skb->saddr, 16, (void *)header + 8);
	bpf_probe_read_kernel(skb->daddr, 16, (void *)header + 24);
	next = ip[6];
	for (i = 0; i < EXTENSIONS_MAX; i++) {
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_FRAGMENT &&
		    next != IPPROTO_DSTOPTS)
			break;
		if (bpf_probe_read_kernel(extension, sizeof(extension), (void *)at))
			break;
		at += next == IPPROTO_FRAGMENT ? 8 : (extension[1] + 1) * 8;
		next = extension[0];
	}
	skb->protocol = next;
	read_ports(skb, at);
	return true;
}

/* Behind IPsec: how many transformations, and how many of them by the device. */
static __always_inline void read_sec_path(struct arg_skb *skb, __u64 address)
{
	struct sec_path *path;
	__u64 extensions;
	__u8 offset = 0;
	__u32 id;

	if (!bpf_core_enum_value_exists(enum skb_ext_id, SKB_EXT_SEC_PATH))
		return;
	id = bpf_core_enum_value(enum skb_ext_id, SKB_EXT_SEC_PATH);
	if (!(kernel_load(struct sk_buff, address, active_extensions) & (1 << id)))
		return;
	extensions = (__u64)kernel_load(struct sk_buff, address, extensions);
	if (bpf_probe_read_kernel(&offset, 1, (void *)extensions + bpf_core_field_offset(struct skb_ext, offset) + id))
		return;
	path = (struct sec_path *)(extensions + offset * 8);
	skb->sec_path_len = BPF_CORE_READ(path, len);
	skb->sec_path_olen = BPF_CORE_READ(path, olen);
}

/* By its own headers as far as it has some, else by its socket's idea of where it goes. */
static __noinline int read_skb(struct hook_call *call, __u32 index, __u64 address)
{
	struct arg_skb *skb = slot_fixed(&call->slot[index], struct arg_skb);
	__u64 head, sk;
	__u16 network;

	if (!kernel_address(address))
		return -EFAULT;
	skb->hash = kernel_load(struct sk_buff, address, hash);
	skb->len = kernel_load(struct sk_buff, address, len);
	skb->mark = kernel_load(struct sk_buff, address, mark);
	skb->priority = kernel_load(struct sk_buff, address, priority);
	read_sec_path(skb, address);
	head = (__u64)kernel_load(struct sk_buff, address, head);
	network = kernel_load(struct sk_buff, address, network_header);
	/* 0 and all ones: not set. */
	if (network != 0 && network != 0xffff && (read_ipv4(skb, head + network) || read_ipv6(skb, head + network)))
		return 0;
	sk = (__u64)kernel_load(struct sk_buff, address, sk);
	if (!kernel_address(sk))
		return 0;
	skb->family = kernel_load(struct sock, sk, __sk_common.skc_family);
	skb->protocol = kernel_load(struct sock, sk, sk_protocol);
	read_sock_ends(sk, skb->family, (struct sock_ends){skb->saddr, skb->daddr, &skb->sport, &skb->dport});
	return 0;
}

static __always_inline int read_sockaddr(struct hook_call *call, __u32 index, __u64 address)
{
	struct arg_sockaddr *sockaddr = slot_fixed(&call->slot[index], struct arg_sockaddr);

	if (read_memory(&sockaddr->family, sizeof(sockaddr->family), address))
		return -EFAULT;
	if (sockaddr->family != AF_INET && sockaddr->family != AF_INET6)
		return 0;
	if (read_memory(&sockaddr->port, sizeof(sockaddr->port), address + 2))
		return -EFAULT;
	sockaddr->port = bpf_ntohs(sockaddr->port);
	if (sockaddr->family == AF_INET)
		return read_memory(sockaddr->addr, 4, address + 4) ? -EFAULT : 0;
	return read_memory(sockaddr->addr, 16, address + 8) ? -EFAULT : 0;
}

/*
 * `size` is that of the whole address, where a parameter has it: abstract names may have any bytes and end there. Without
 * it they are taken to end at a NUL.
 */
static __always_inline int read_sockaddr_un(struct hook_call *call, __u32 index, __u64 address, __u64 size)
{
	struct hook_slot *slot = &call->slot[index];
	struct arg_sockaddr_un *sockaddr = slot_fixed(slot, struct arg_sockaddr_un);
	char *to = call->area + slot_text(index);
	__u32 room = UNIX_PATH_MAX;
	char first;
	long got;

	if (read_memory(&sockaddr->family, sizeof(sockaddr->family), address))
		return -EFAULT;
	address += sizeof(sockaddr->family);
	if (sockaddr->family != AF_UNIX || size == sizeof(sockaddr->family))
		return 0;
	if (size > sizeof(sockaddr->family) && size < UNIX_PATH_MAX + sizeof(sockaddr->family))
		room = size - sizeof(sockaddr->family);
	if (slot_limit(index) <= UNIX_PATH_MAX)
		return -EINVAL;
	if (read_memory(&first, 1, address))
		return -EFAULT;
	sockaddr->is_abstract = first == 0;
	if (sockaddr->is_abstract) {
		address++;
		room--;
	}
	barrier_var(room);
	if (room > UNIX_PATH_MAX)
		return -EINVAL;
	if (!sockaddr->is_abstract || size <= sizeof(sockaddr->family)) {
		got = read_memory_text(to, room + 1, address);
		if (got >= 0) {
			slot->text_size = got;
			return 0;
		}
	}
	/* Any bytes, or a path that fills all its room: nothing needs to be behind it. */
	if (read_memory(to, room, address))
		return -EFAULT;
	slot->text_size = room;
	return 0;
}

#endif
