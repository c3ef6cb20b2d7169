/** A server as its callers address it: which declaration, which id, and where that runs in a view. Asked for each message. */
import type { Address } from '../../base/index.ts';
import type { View } from '../membership/index.ts';
import type { AnyServer } from './declaration.ts';
import { nodeOf, routeOf, type ServerId } from './names.ts';

export class Route {
  readonly declaration: AnyServer;
  /** The number of the declaration in the catalogue. */
  readonly declared: number;
  readonly id: ServerId;
  #view: View | undefined;
  #target: Address | undefined;

  constructor(declaration: AnyServer, declared: number, id: ServerId) {
    this.declaration = declaration;
    this.declared = declared;
    this.id = id;
  }

  /** Undefined while nobody in the view may run it. */
  target(view: View): Address | undefined {
    if (view !== this.#view) {
      this.#view = view;
      this.#target = this.#find(view);
    }
    return this.#target;
  }

  #find(view: View): Address | undefined {
    const node = nodeOf(this.id);
    return node === undefined ? view.owner(routeOf(this.id)) : view.addressFor(node);
  }
}
