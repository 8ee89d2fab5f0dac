// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Types as a kernel might have them, to be looked up: one of each sort that a path can lead through. */

typedef struct {
	unsigned long long val;
} kernel_cap_t;

typedef struct {
	unsigned int val;
} kuid_t;

struct file {
	int unused;
};

struct path {
	void *mnt;
	void *dentry;
};

struct sock {
	int state;
};

enum color {
	RED,
	GREEN,
};

enum wide {
	WIDE = 0x100000000ULL,
};

struct inner {
	char name[16];
	const char *title;
	unsigned int low : 3, high : 5;
	struct {
		int deep;
		union {
			long wide;
			short narrow;
		};
	};
};

struct outer {
	struct inner *first;
	struct inner second;
	struct inner third[4];
	struct outer **table;
	struct file *file;
	struct path path;
	kuid_t uid;
	kernel_cap_t caps;
	unsigned char raw[6];
	enum color color;
	enum wide wide_color;
	_Bool flag;
	signed char tiny;
	unsigned short port;
	unsigned long long id;
	void *opaque;
	struct outer *self;
};

struct task_struct {
	int pid;
	char comm[16];
	struct outer *owner;
};

struct pt_regs;

int a_function(struct outer *outer, unsigned short mode, const char *text, enum color color, void *pointer)
{
	return outer->uid.val + mode + *text + color + (pointer != 0);
}

struct sock *another_function(struct file *file, struct path *path, kernel_cap_t *caps, long number, struct inner **inners)
{
	return (void *)file + (long)path + (long)caps + number + (long)inners;
}

int bpf_lsm_a_hook(struct file *file, int mask)
{
	return file->unused + mask;
}

typedef void (*btf_trace_an_event)(void *, struct outer *, int);

btf_trace_an_event use_event;
struct task_struct use_task;
