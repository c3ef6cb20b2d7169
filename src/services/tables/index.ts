/** Replicated tables, merged or owned. */

export type { Inheritance } from './merged-inheritance.ts';
export type { MergedTable } from './merged-table.ts';
export type { Operation } from './operations.ts';
export type { OwnedTable } from './owned-table.ts';
export * from './service.ts';
export * from './shapes.ts';
export type { RequestMark } from './strong-log.ts';
