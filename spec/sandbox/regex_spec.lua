-- The sandbox's regular expressions.

local regex = require("wats.sandbox.regex")

describe("the sandbox's regular expressions", function()
  local function find(pattern, text)
    return assert(regex.compile(pattern)):find(text)
  end

  it("find the first part that matches", function()
    for _, case in ipairs {
      { "b", "abc", "b" }, { "", "abc", "" }, { "x", "abc", nil }, { "a.c", "xabc", "abc" },
      { "[b-d]+", "abcde", "bcd" }, { "[^a-c]+", "abcde", "de" }, { "[]]", "a]", "]" },
      { "[\\]-]+", "a]-", "]-" }, { "[a\\d]+", "x1a2", "1a2" }, { "\\d+", "SN0042x7", "0042" },
      { "\\D+", "12ab3", "ab" }, { "\\w+", "- a_1ø -", "a_1ø" }, { "\\W", "ab c", " " },
      { "\\s\\S", "a b", " b" }, { "^b", "ab", nil }, { "b$", "ab", "b" }, { "b$", "b\n", "b" },
      { "\\Ab\\z", "b\n", nil }, { "\\Ab\\Z", "b\n", "b" }, { "\\bfoo\\b", "a foo b", "foo" },
      { "\\Bo", "foo", "o" }, { "a|bc|", "bc", "bc" }, { "(?:ab)+", "xababa", "abab" },
      { "a*", "aaa", "aaa" }, { "a*?", "aaa", "" }, { "a+?", "aaa", "a" }, { "a??b", "ab", "ab" },
      { "a{2}", "aaa", "aa" }, { "a{2,}", "aaaa", "aaaa" }, { "a{1,2}", "aaa", "aa" },
      { "a{1,2}?", "aaa", "a" }, { "a{x}", "a{x}", "a{x}" }, { "<.+>", "<a><b>", "<a><b>" },
      { "<.+?>", "<a><b>", "<a>" }, { "(a)(b)\\2\\1", "abba", "abba" },
      { "(?<q>.)\\k<q>", "abb", "bb" },
      { "(?=.*x)a", "ax", "a" }, { "(?!ab)a.", "abac", "ac" }, { "(?<=/)\\w+", "a/bc", "bc" },
      { "(?<!/)b", "/bb", "b" }, { "(?<=^([^/]*/){2})[^/]+", "a/bb/ccc/d", "ccc" },
      { "(?i)abc", "xABc", "ABc" }, { "(?i)[a-c]+", "xABc", "ABc" }, { "\\x41\\u00F8", "Aø", "Aø" },
      { "\\.\\/\\\\", "./\\", "./\\" }, { "ø+", "aøøb", "øø" }, { "a.b", "a\nb", nil },
      { "\\t", "a\tb", "\t" }, { "(a|ab)(c|bcd)$", "abcd", "abcd" }, { "()*a", "a", "a" },
      { "(a*)*b", "aab", "aab" }, { ".", "\xFF", "\u{FF}" },
    } do
      assert.same({ case[1], case[3] }, { case[1], find(case[1], case[2]) })
    end
  end)

  it("refuse what they do not know, and tell where", function()
    for pattern, problem in pairs {
      ["a("] = "'%)' is missing", ["a)"] = "too many '%)'", ["[a"] = "nothing more",
      ["*a"] = "repeat",
      ["[z-a]"] = "reverse order", ["a{3,2}"] = "out of range", ["a{2000}"] = "out of range",
      ["\\q"] = "'\\q' is not known", ["(?>a)"] = "not known", ["\\1"] = "no such group",
      ["\\k<x>"] = "no such group", ["\\"] = "nothing more", ["\xFF"] = "not UTF%-8",
      [("("):rep(60)] = "too deep",
    } do
      local compiled, message = regex.compile(pattern)
      assert.is_nil(compiled)
      assert.matches(problem, message)
    end
    assert.matches("at position 3$", (select(2, regex.compile("a("))))
  end)

  it("come to an end", function()
    assert.is_nil(find("(a+)+b", ("a"):rep(60)))
    assert.equal(("a"):rep(5000), find("a+", ("a"):rep(5000)))
  end)
end)
