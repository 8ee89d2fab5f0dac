/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Sorts the processes that run already into sets of binaries, one step a program. The agent runs them, and again until one
 * has nothing to change: an exec or fork at the same time may undo a step, or be undone, where both write one value.
 */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/maps.h>
#include <tetragon/binaries.h>
#include <tetragon/process.h>

DEFINE_OBJECT;

/* How far up ancestors are looked for. */
#define ANCESTORS_MAX 256

/* The sets that a step is about, which are its arguments. Its result is the number of words that it changed. */
struct sorting {
	const struct binary_config *config;
	__u64 sets[BINARY_SET_WORDS];
	__u32 changed;
	__u32 pad;
};

/* Only single bits are written, because an exec may be writing others of the word. */
static __always_inline void sort_into(struct sorting *sorting, __u64 *to, int word, __u64 wanted)
{
	__u64 sets = sorting->sets[word], had = to[word];

	if ((had ^ wanted) & sets) {
		__sync_fetch_and_or(&to[word], wanted & sets);
		__sync_fetch_and_and(&to[word], wanted | ~sets);
		sorting->changed++;
	}
}

/* What a path that was cut ends in was known at the exec, and only then. */
static __always_inline void sort_binary(struct sorting *sorting, const struct binary_path *path, __u64 *to)
{
	__u32 index = BINARY_ROOM_AGENT, begin = BINARY_PATH_MAX - path->length;
	struct binary_reversal *room = bpf_map_lookup_elem(&binary_reversals, &index);
	__u64 sets[BINARY_SET_WORDS] = {};
	const char *end = NULL;
	int i;

	if (!room)
		return;
	barrier_var(begin);
	if (begin <= BINARY_PATH_MAX) {
		bpf_probe_read_kernel(room->text + begin, BINARY_PATH_MAX, path->key.text);
		end = room->text + BINARY_PATH_MAX;
	}
	binary_sets_of(sorting->config, path, end, BINARY_ROOM_AGENT, sets);
	for (i = 0; i < BINARY_SET_WORDS; i++)
		sort_into(sorting, to, i, end ? sets[i] : sets[i] | to[i]);
}

static long forget_process(void *map, __u32 *pid, struct process_value *value, struct sorting *sorting)
{
	int i;

	for (i = 0; i < BINARY_SET_WORDS; i++) {
		sort_into(sorting, value->binary_sets, i, 0);
		sort_into(sorting, value->parent_binary_sets, i, 0);
		sort_into(sorting, value->inherited_sets, i, 0);
	}
	return 0;
}

static long sort_process(void *map, __u32 *pid, struct process_value *value, struct sorting *sorting)
{
	sort_binary(sorting, &value->binary, value->binary_sets);
	sort_binary(sorting, &value->parent_binary, value->parent_binary_sets);
	return 0;
}

struct lineage {
	struct process_key creator;
	/* When the descendant was forked by the creator: what that executed later is no ancestor. */
	__u64 until;
	__u64 sets[BINARY_SET_WORDS];
};

static __always_inline void add_ancestor(struct lineage *lineage, const __u64 *sets)
{
	int i;

	for (i = 0; i < BINARY_SET_WORDS; i++)
		lineage->sets[i] |= sets[i];
}

/* One step to the process that forked the last one, the body of bpf_loop: 1 ends the walk. */
static long climb(__u32 index, void *ctx)
{
	struct lineage *lineage = ctx;
	const struct process_value *value = process_find(lineage->creator.pid);

	if (!value || value->start != lineage->creator.ktime)
		return 1;
	/* Of a process read from procfs the time of its exec is not known. */
	if (value->flags & EVENT_PROCFS || value->key.ktime < lineage->until)
		add_ancestor(lineage, value->binary_sets);
	if (value->flags & EVENT_PROCFS || value->parent.ktime < lineage->until)
		add_ancestor(lineage, value->parent_binary_sets);
	lineage->until = value->start;
	lineage->creator = value->creator;
	return 0;
}

/* What was inherited from an ancestor that is gone stays: nobody could find it out again. */
static long sort_descendant(void *map, __u32 *pid, struct process_value *value, struct sorting *sorting)
{
	struct lineage lineage = {.creator = value->creator, .until = value->start};
	int i;

	add_ancestor(&lineage, value->parent_binary_sets);
	bpf_loop(ANCESTORS_MAX, climb, &lineage, 0);
	for (i = 0; i < BINARY_SET_WORDS; i++)
		sort_into(sorting, value->inherited_sets, i,
			  value->inherited_sets[i] | (lineage.sets[i] & sorting->config->follow[i]));
	return 0;
}

static __always_inline int step(const __u64 *sets, void *callback)
{
	struct sorting sorting = {.config = binary_config_find()};

	if (!sorting.config)
		return 0;
	__builtin_memcpy(sorting.sets, sets, sizeof(sorting.sets));
	bpf_for_each_map_elem(&process_map, callback, &sorting, 0);
	return sorting.changed;
}

/* Takes sets out of all processes. */
SEC("raw_tp")
int binaries_forget(const __u64 *sets)
{
	return step(sets, forget_process);
}

/* Puts every process into the sets that its binary and its parent's are in, and takes it out of the others. */
SEC("raw_tp")
int binaries_sort(const __u64 *sets)
{
	return step(sets, sort_process);
}

/* Puts every process into the sets of its ancestors that follow children, once those are sorted. */
SEC("raw_tp")
int binaries_inherit(const __u64 *sets)
{
	return step(sets, sort_descendant);
}
