import { assertEquals } from "@std/assert";
import { Link, LinkedList } from "../../src/engine/linked_list.ts";

function valuesOf<Value>(list: LinkedList<Value>): Value[] {
  const values: Value[] = [];
  list.forEach((value) => values.push(value));
  return values;
}

Deno.test("LinkedList keeps its members in the order in which they were added", () => {
  const list = new LinkedList<string>();
  const [a, b, c] = ["a", "b", "c"].map((text) => new Link(text)) as [
    Link<string>,
    Link<string>,
    Link<string>,
  ];
  for (const link of [a, b, c]) list.append(link);
  assertEquals(valuesOf(list), ["a", "b", "c"]);
  list.append(a);
  assertEquals(valuesOf(list), ["b", "c", "a"]);
  list.remove(c);
  assertEquals(valuesOf(list), ["b", "a"]);
  list.remove(b);
  list.remove(a);
  assertEquals([valuesOf(list), list.size, list.first], [[], 0, undefined]);
});

Deno.test("LinkedList takes a member from another list, and removes only its own", () => {
  const [one, two] = [new LinkedList<string>(), new LinkedList<string>()];
  const [a, b] = [new Link("a"), new Link("b")];
  one.append(a);
  one.append(b);
  two.append(a);
  assertEquals([valuesOf(one), valuesOf(two)], [["b"], ["a"]]);
  one.remove(a);
  assertEquals([one.size, two.size], [1, 1]);
  two.remove(a);
  two.remove(a);
  assertEquals([one.size, two.size], [1, 0]);
});

Deno.test("a Link that was removed points to no other", () => {
  const list = new LinkedList<number>();
  const links = [1, 2, 3].map((value) => new Link(value));
  for (const link of links) list.append(link);
  const middle = links[1]!;
  list.remove(middle);
  assertEquals([middle.list, middle.before, middle.after], [undefined, undefined, undefined]);
});
