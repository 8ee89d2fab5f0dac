/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Readers of buffers. */
#ifndef TETRAGON_HOOK_READ_BYTES_H
#define TETRAGON_HOOK_READ_BYTES_H

#include <tetragon/hook/slot.h>
#include <tetragon/ring.h>

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

/* What is sent of buffers, and behind it what is needed to join them. */
struct buffers_data {
	struct arg_bytes bytes;
	__u64 vector;
	__u64 count;
	/* Bytes of the first buffer that are done with. */
	__u64 skip;
	__u64 failed;
};

struct buffers_context {
	struct hook_call *call;
	struct hook_slot *slot;
	__u64 index;
};

/*
 * Appends one buffer of an array, the body of bpf_loop: 1 ends it. Once there is no room sizes are still summed: somebody
 * who puts empty buffers in front hides nothing.
 */
static long join_buffer(__u32 number, void *ctx)
{
	struct buffers_context *context = ctx;
	struct hook_slot *slot = context->slot;
	struct buffers_data *data = (struct buffers_data *)slot->data;
	__u32 at = slot->text_size, room = slot_limit(context->index);
	struct buffer buffer;
	long got;

	if (read_memory(&buffer, sizeof(buffer), data->vector + (__u64)number * sizeof(buffer))) {
		data->failed = true;
		return 1;
	}
	if (number == 0) {
		__u64 skip = data->skip < buffer.size ? data->skip : buffer.size;

		buffer.base += skip;
		buffer.size -= skip;
	}
	data->bytes.original += buffer.size;
	if (at >= room || buffer.size == 0)
		return 0;
	got = read_claimed(context->call->area + slot_text(context->index) + (at & (HOOK_TEXT_MAX - 1)), room - at,
			   buffer.base, buffer.size);
	if (got < 0) {
		data->failed = true;
		return 1;
	}
	slot->text_size = at + got;
	/* Mapped in part: what follows does not belong behind it. */
	return got < buffer.size && got < room - at;
}

static __noinline int join_buffers(struct hook_call *call, __u32 index)
{
	struct buffers_context context = {.call = call, .slot = &call->slot[index], .index = index};
	struct buffers_data *data = (struct buffers_data *)call->slot[index].data;

	data->failed = false;
	bpf_loop(data->count < BUFFERS_MAX ? data->count : BUFFERS_MAX, join_buffer, &context, 0);
	return data->failed && call->slot[index].text_size == 0 ? -EFAULT : 0;
}

static __always_inline int read_char_iovec(struct hook_call *call, __u32 index, __u64 vector, __u64 count)
{
	struct buffers_data *data = (struct buffers_data *)call->slot[index].data;

	_Static_assert(sizeof(*data) <= HOOK_FIXED_MAX, "does not fit into a slot");
	slot_fixed(&call->slot[index], struct arg_bytes);
	data->vector = vector;
	data->count = count;
	data->skip = 0;
	return join_buffers(call, index);
}

/* Finds the buffers of an iterator. A single one is read at once; pages and pipes have no address. */
static __noinline int find_buffers(struct hook_call *call, __u32 index, __u64 iter)
{
	struct buffers_data *data = (struct buffers_data *)call->slot[index].data;
	__u64 size;
	__u32 type;
	long got;

	slot_fixed(&call->slot[index], struct arg_bytes);
	data->count = 0;
	if (!kernel_address(iter))
		return -EFAULT;
	type = kernel_load(struct iov_iter, iter, iter_type);
	size = kernel_load(struct iov_iter, iter, count);
	data->skip = kernel_load(struct iov_iter, iter, iov_offset);
	if (bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) &&
	    type == bpf_core_enum_value(enum iter_type, ITER_UBUF)) {
		got = read_claimed(call->area + slot_text(index), slot_limit(index),
				   (__u64)kernel_load(struct iov_iter, iter, ubuf) + data->skip, size);
		if (got < 0)
			return got;
		call->slot[index].text_size = got;
		return 0;
	}
	if (type != bpf_core_enum_value(enum iter_type, ITER_IOVEC) &&
	    type != bpf_core_enum_value(enum iter_type, ITER_KVEC))
		return 0;
	if (bpf_core_field_exists(((struct iov_iter *)0)->__iov))
		data->vector = (__u64)kernel_load(struct iov_iter, iter, __iov);
	else
		data->vector = (__u64)BPF_CORE_READ((struct iov_iter___before_6_4 *)iter, iov);
	data->count = kernel_load(struct iov_iter, iter, nr_segs);
	return 0;
}

/* The last buffer may be larger than what is left of the iterator. */
static __always_inline int read_iov_iter(struct hook_call *call, __u32 index, __u64 iter)
{
	struct hook_slot *slot = &call->slot[index];
	struct buffers_data *data = (struct buffers_data *)slot->data;
	int status = find_buffers(call, index, iter);
	__u64 size;

	if (status == 0 && data->count)
		status = join_buffers(call, index);
	if (status)
		return status;
	size = kernel_load(struct iov_iter, iter, count);
	data->bytes.original = size;
	if (slot->text_size > size)
		slot->text_size = size;
	return 0;
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
static __noinline void hook_send_data(struct hook_call *call, __u32 index)
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
