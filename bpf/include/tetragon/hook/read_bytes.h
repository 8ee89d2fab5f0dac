/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Readers of buffers. */
#ifndef TETRAGON_HOOK_READ_BYTES_H
#define TETRAGON_HOOK_READ_BYTES_H

#include <tetragon/hook/slot.h>
#include <tetragon/ring.h>

#define PAGE_SIZE 4096

/* Entries of an array of buffers; system calls refuse more. */
#define BUFFERS_MAX 1024

/* 327 360 bytes of an argument travel, in ten records. */
#define DATA_RECORD_BYTES 32736
#define DATA_RECORDS 10

struct generic_data_record {
	struct msg_generic_data msg;
	char bytes[DATA_RECORD_BYTES];
};

/*
 * Reads up to `room` bytes and returns how many. The size is what a caller claims, so it may reach beyond what is mapped,
 * which system calls take for a short write: then the bytes of the first page are read.
 */
static __always_inline long read_claimed(char *to, __u32 room, __u64 from, __u64 size)
{
	__u32 bytes = size < room ? size : room, page = PAGE_SIZE - (from & (PAGE_SIZE - 1));

	if (bytes == 0)
		return 0;
	/* The compiler may test one copy and use another, of which older verifiers know no bound. */
	barrier_var(bytes);
	if (bytes > HOOK_TEXT_MAX)
		return -EFAULT;
	if (read_memory(to, bytes, from) == 0)
		return bytes;
	if (page >= bytes)
		return -EFAULT;
	barrier_var(page);
	if (page > HOOK_TEXT_MAX || read_memory(to, page, from))
		return -EFAULT;
	return page;
}

/* The size is what the function was told, as unsigned: the kernel cuts one that is too large, and so does this. */
static __noinline int read_char_buf(struct hook_call *call, __u32 index, __u64 value, __u64 size)
{
	struct hook_slot *slot = &call->slot[index];
	struct arg_bytes *bytes = slot_fixed(slot, struct arg_bytes);
	long got;

	bytes->original = size;
	got = read_claimed(call->area + slot_text(index), slot_limit(index), value, size);
	if (got < 0)
		return got;
	slot->text_size = got;
	return 0;
}

static __always_inline int read_const_buf(void *ctx, struct hook_call *call, __u32 index)
{
	struct hook_slot *slot = &call->slot[index];
	struct arg_bytes *bytes = slot_fixed(slot, struct arg_bytes);
	__u32 size = hook.argument[index].size;

	bytes->original = size;
	if (size > slot_limit(index))
		size = slot_limit(index);
	if (bpf_probe_read_kernel(call->area + slot_text(index), size, ctx + hook.argument[index].offset))
		return -EFAULT;
	slot->text_size = size;
	return 0;
}

/* A struct iovec, which is user space ABI. */
struct buffer {
	__u64 base;
	__u64 size;
};

struct buffer_join {
	struct hook_call *call;
	struct hook_slot *slot;
	__u64 index;
	__u64 vector;
	/* Bytes of the first buffer that are done with. */
	__u64 skip;
	__u64 failed;
};

/*
 * Appends one buffer of an array, the body of bpf_loop: 1 ends it. Once there is no room sizes are still summed: somebody
 * who puts empty buffers in front hides nothing.
 */
static long join_buffer(__u32 number, void *ctx)
{
	struct buffer_join *join = ctx;
	struct hook_slot *slot = join->slot;
	__u32 at = slot->text_size, room = slot_limit(join->index);
	struct buffer buffer;
	long got;

	if (read_memory(&buffer, sizeof(buffer), join->vector + (__u64)number * sizeof(buffer))) {
		join->failed = true;
		return 1;
	}
	if (number == 0) {
		__u64 skip = join->skip < buffer.size ? join->skip : buffer.size;

		buffer.base += skip;
		buffer.size -= skip;
	}
	((struct arg_bytes *)slot->data)->original += buffer.size;
	if (at >= room || buffer.size == 0)
		return 0;
	got = read_claimed(join->call->area + slot_text(join->index) + (at & (HOOK_TEXT_MAX - 1)), room - at, buffer.base,
			   buffer.size);
	if (got < 0) {
		join->failed = true;
		return 1;
	}
	slot->text_size = at + got;
	/* Mapped in part: what follows does not belong behind it. */
	return got < buffer.size && got < room - at;
}

static __noinline int join_buffers(struct hook_call *call, __u32 index, __u64 vector, __u64 count, __u64 skip)
{
	struct hook_slot *slot = &call->slot[index];
	struct buffer_join join = {
		.call = call,
		.slot = slot,
		.index = index,
		.vector = vector,
		.skip = skip,
	};

	bpf_loop(count < BUFFERS_MAX ? count : BUFFERS_MAX, join_buffer, &join, 0);
	return join.failed && slot->text_size == 0 ? -EFAULT : 0;
}

static __always_inline int read_char_iovec(struct hook_call *call, __u32 index, __u64 vector, __u64 count)
{
	slot_fixed(&call->slot[index], struct arg_bytes);
	return join_buffers(call, index, vector, count, 0);
}

/* Buffers in memory; pages and pipes have no address, and yield their size only. */
static __noinline int read_iov_iter(struct hook_call *call, __u32 index, __u64 iter)
{
	struct hook_slot *slot = &call->slot[index];
	struct arg_bytes *bytes = slot_fixed(slot, struct arg_bytes);
	__u64 count, skip, vector;
	__u32 type;
	long got;

	if (!kernel_address(iter))
		return -EFAULT;
	type = kernel_load(struct iov_iter, iter, iter_type);
	count = kernel_load(struct iov_iter, iter, count);
	skip = kernel_load(struct iov_iter, iter, iov_offset);
	bytes->original = count;
	if (bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) &&
	    type == bpf_core_enum_value(enum iter_type, ITER_UBUF)) {
		got = read_claimed(call->area + slot_text(index), slot_limit(index),
				   (__u64)kernel_load(struct iov_iter, iter, ubuf) + skip, count);
		if (got < 0)
			return got;
		slot->text_size = got;
		return 0;
	}
	if (type != bpf_core_enum_value(enum iter_type, ITER_IOVEC) &&
	    type != bpf_core_enum_value(enum iter_type, ITER_KVEC))
		return 0;
	if (bpf_core_field_exists(((struct iov_iter *)0)->__iov))
		vector = (__u64)kernel_load(struct iov_iter, iter, __iov);
	else
		vector = (__u64)BPF_CORE_READ((struct iov_iter___before_6_4 *)iter, iov);
	got = join_buffers(call, index, vector, kernel_load(struct iov_iter, iter, nr_segs), skip);
	bytes->original = count;
	if (slot->text_size > count)
		slot->text_size = count;
	return got;
}

struct data_sender {
	struct hook_call *call;
	struct hook_slot *slot;
	__u64 from;
	__u64 size;
	__u32 index;
};

/* Nothing that the verifier follows changes from one record to the next, so it looks at one. */
static long send_data_record(__u32 number, void *ctx)
{
	struct data_sender *sender = ctx;
	struct hook_slot *slot = sender->slot;
	struct hook_call *call = sender->call;
	struct generic_data_record *record;
	__u64 offset = (__u64)number * DATA_RECORD_BYTES, left = sender->size - offset;
	__u32 length = left < DATA_RECORD_BYTES ? left : DATA_RECORD_BYTES;

	if (offset >= sender->size)
		return 1;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	ring_account(hook.op, record != NULL);
	if (!record)
		return 1;
	msg_header(&record->msg.common, hook.op, sizeof(*record), bpf_ktime_get_ns());
	record->msg.common.flags = MSG_GENERIC_DATA;
	record->msg.hook = hook.hook;
	record->msg.slot = sender->index;
	record->msg.call = call->msg.call;
	record->msg.offset = offset;
	record->msg.tid = bpf_get_current_pid_tgid();
	barrier_var(length);
	if (length > DATA_RECORD_BYTES || read_memory(record->bytes, length, sender->from + offset))
		length = 0;
	record->msg.length = length;
	/* An empty one, too: it was counted. */
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	if (length == 0)
		return 1;
	((struct arg_bytes *)slot->data)->sent += length;
	slot->text_size = 0;
	return 0;
}

/*
 * Sends an ARGUMENT_MAX_DATA that is longer than its limit, as data records: to be called once it is decided that the event
 * is sent, and before it is, when msg.call tells the call from others. The text in the area, which filters look at, is not
 * sent again.
 */
static __noinline __attribute__((unused)) void hook_send_data(struct hook_call *call, __u32 index)
{
	struct hook_slot *slot = &call->slot[index];
	struct data_sender sender = {
		.call = call,
		.slot = slot,
		.from = slot->value,
		.size = ((struct arg_bytes *)slot->data)->original,
		.index = index,
	};

	if (!(hook.argument[index].flags & ARGUMENT_MAX_DATA) || slot->status || sender.size <= slot_limit(index))
		return;
	bpf_loop(DATA_RECORDS, send_data_record, &sender, 0);
}

#endif
