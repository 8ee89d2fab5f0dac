/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What filters look at in sockets, packets and socket addresses. */
#ifndef TETRAGON_HOOK_ADDRESS_H
#define TETRAGON_HOOK_ADDRESS_H

#include <tetragon/hook/scratch.h>

#include <bpf/bpf_endian.h>

#define AF_INET 2
#define AF_INET6 10

/* Of inode.i_mode. */
#define S_IFMT 0170000

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct hook_address_key);
	__type(value, __u8);
} hook_addresses SEC(".maps");

/* Bits of a key in front of its address. */
#define ADDRESS_KEY_BITS 32

static __always_inline __u64 sock_number(const struct arg_sock *sock, __u32 view)
{
	switch (view) {
	case VIEW_SPORT:
		return sock->sport;
	case VIEW_DPORT:
		return sock->dport;
	case VIEW_PROTOCOL:
		return sock->protocol;
	case VIEW_FAMILY:
		return sock->family;
	default:
		return sock->state;
	}
}

static __always_inline __u64 skb_number(const struct arg_skb *skb, __u32 view)
{
	switch (view) {
	case VIEW_SPORT:
		return skb->sport;
	case VIEW_DPORT:
		return skb->dport;
	case VIEW_PROTOCOL:
		return skb->protocol;
	default:
		return skb->family;
	}
}

/* The number that a filter sees of an argument. */
static __always_inline __u64 slot_number(const struct hook_slot *slot, __u32 kind, __u32 view)
{
	if (view == VIEW_VALUE)
		return ((const struct arg_number *)slot->data)->value;
	if (view == VIEW_FILE_TYPE)
		return ((const struct arg_path *)slot->data)->mode & S_IFMT;
	switch (kind) {
	case KIND_SKB:
		return skb_number((const struct arg_skb *)slot->data, view);
	case KIND_SOCKADDR: {
		const struct arg_sockaddr *address = (const struct arg_sockaddr *)slot->data;

		return view == VIEW_FAMILY ? address->family : address->port;
	}
	case KIND_SOCKADDR_UN:
		return ((const struct arg_sockaddr_un *)slot->data)->family;
	default:
		return sock_number((const struct arg_sock *)slot->data, view);
	}
}

static __noinline bool address_in_trie(const __u32 *address, __u32 number, __u32 family)
{
	struct hook_address_key key = {
		.bits = ADDRESS_KEY_BITS + (family == AF_INET ? 32 : 128),
		.key = number,
		.family = family,
	};

	if (family == AF_INET)
		__builtin_memcpy(key.address, address, 4);
	else
		__builtin_memcpy(key.address, address, 16);
	return bpf_map_lookup_elem(&hook_addresses, &key) != NULL;
}

static __always_inline bool address_is_mapped(const __u32 *address)
{
	return address[0] == 0 && address[1] == 0 && address[2] == bpf_htonl(0xffff);
}

/* Sockets of IPv6 talk to IPv4 under mapped addresses: subnets of either family are meant. */
static __always_inline bool address_matches(const __u32 *address, __u32 number, __u32 family)
{
	if (family == AF_INET)
		return address_in_trie(address, number, AF_INET);
	if (family != AF_INET6)
		return false;
	if (address_is_mapped(address) && address_in_trie(address + 3, number, AF_INET))
		return true;
	return address_in_trie(address, number, AF_INET6);
}

static __always_inline bool subnet_matches(const struct hook_slot *slot, __u32 kind, __u32 view, __u32 number)
{
	switch (kind) {
	case KIND_SKB: {
		const struct arg_skb *skb = (const struct arg_skb *)slot->data;

		return address_matches(view == VIEW_SADDR ? skb->saddr : skb->daddr, number, skb->family);
	}
	case KIND_SOCKADDR: {
		const struct arg_sockaddr *sockaddr = (const struct arg_sockaddr *)slot->data;

		return address_matches(sockaddr->addr, number, sockaddr->family);
	}
	default: {
		const struct arg_sock *sock = (const struct arg_sock *)slot->data;

		return address_matches(view == VIEW_SADDR ? sock->saddr : sock->daddr, number, sock->family);
	}
	}
}

#endif
