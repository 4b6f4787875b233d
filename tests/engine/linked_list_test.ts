import { assertEquals } from "@std/assert";
import { Link, LinkedList } from "../../src/engine/linked_list.ts";

Deno.test("LinkedList keeps its members in the order in which they were added", () => {
  const list = new LinkedList<string>();
  const [a, b, c] = ["a", "b", "c"].map((text) => new Link(text)) as [
    Link<string>,
    Link<string>,
    Link<string>,
  ];
  for (const link of [a, b, c]) list.append(link);
  assertEquals(list.values, ["a", "b", "c"]);
  list.append(a);
  assertEquals(list.values, ["b", "c", "a"]);
  list.remove(c);
  assertEquals(list.values, ["b", "a"]);
  list.remove(b);
  list.remove(a);
  assertEquals([list.values, list.size, list.first], [[], 0, undefined]);
});

Deno.test("LinkedList takes a member from another list, and removes only its own", () => {
  const [one, two] = [new LinkedList<string>(), new LinkedList<string>()];
  const [a, b] = [new Link("a"), new Link("b")];
  one.append(a);
  one.append(b);
  two.append(a);
  assertEquals([one.values, two.values], [["b"], ["a"]]);
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
