import { describe, expect, test } from "vitest";
import { AmbiguousError, NotFoundError } from "../../../src/errors.ts";
import { matchWords, type Named } from "../../../src/inventory/match-words.ts";

const kind = { noun: "container", list: "crikit ps -a" };
const object = (id: string, names: readonly string[], isLive = true): Named => ({ id, names, isLive });
const web = object("aaa111", ["shop/web", "default/shop/web", "web"]);
const db = object("aaa222", ["shop/db", "default/shop/db", "db"]);
const otherWeb = object("bbb333", ["blog/web", "default/blog/web", "web"]);
const all = [web, db, otherWeb];
const ids = (...words: string[]): readonly string[] => matchWords(words, all, kind).map(({ id }) => id);

describe("a word means", () => {
  test("the object with that whole id", () => expect(ids("aaa222")).toEqual(["aaa222"]));
  test("the only one whose id starts so", () => expect(ids("bb")).toEqual(["bbb333"]));
  test("the only one of that name", () => expect(ids("db")).toEqual(["aaa222"]));
  test("a container by its pod", () => expect(ids("blog/web", "default/shop/web")).toEqual(["bbb333", "aaa111"]));
  test("the same thing once", () => expect(ids("db", "aaa222", "shop/db")).toEqual(["aaa222"]));
  test("a name sooner than the start of an id", () => {
    const named = object("ccc444", ["aaa"]);
    expect(matchWords(["aaa"], [...all, named], kind)).toEqual([{ id: "ccc444", name: "aaa" }]);
  });
});

describe("nothing is done for", () => {
  test("a word that fits nothing", () => {
    expect(() => ids("web2")).toThrow(NotFoundError);
    expect(() => ids("")).toThrow(NotFoundError);
  });
  test("the start of several ids, which are all named", () => {
    expect(() => ids("aaa")).toThrow(AmbiguousError);
    expect(() => ids("aaa")).toThrow("'aaa' means 2 containers: aaa111 (shop/web), aaa222 (shop/db)");
  });
  test("a name in two pods", () => expect(() => ids("web")).toThrow(/aaa111 \(shop\/web\), bbb333 \(blog\/web\)/u));
  test("more than can be listed, whose number is told", () => {
    const many = Array.from({ length: 12 }, (_, at) => object(`d${at}`, [`p${at}/x`, "x"]));
    expect(() => matchWords(["x"], many, kind)).toThrow(/means 12 containers: .*, and 4 more$/u);
  });
});

describe("a name that a restart gave to several", () => {
  const exited = object("eee555", web.names, false);
  test("means the one that lives", () => expect(matchWords(["web"], [exited, web], kind)[0]?.id).toBe("aaa111"));
  test("means none of several dead ones", () => {
    expect(() => matchWords(["web"], [exited, object("fff666", web.names, false)], kind)).toThrow(AmbiguousError);
  });
  test("is as ambiguous as ever among several pods", () => {
    expect(() => matchWords(["web"], [exited, web, otherWeb], kind)).toThrow(AmbiguousError);
  });
});
