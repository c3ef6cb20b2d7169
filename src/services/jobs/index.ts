/** Work once per interval in the whole cluster. */
export { type Interval, type Job, type JobsDeclaration, jobs } from './jobs.ts';
