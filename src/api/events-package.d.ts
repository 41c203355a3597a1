/** The npm package `events` by its file, so that Node does not take its own module of that name: the same code in every host. */
declare module 'events/events.js' {
  import { EventEmitter } from 'events';
  export default EventEmitter;
}
