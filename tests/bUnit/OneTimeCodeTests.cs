using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Tests.bUnit;

public sealed class OneTimeCodeTests
{
    private readonly Clock _clock = new();
    private readonly OneTimeCode _code;

    public OneTimeCodeTests() => _code = new OneTimeCode(_clock);

    [Fact]
    public void The_code_is_taken_as_people_type_it()
    {
        var code = _code.Issue();
        Assert.Matches("^([A-Z2-9]{4}-){3}[A-Z2-9]{4}$", code);
        Assert.Equal(CodeCheck.Right, _code.Check(" " + code.Replace("-", "").ToLowerInvariant()));
    }

    [Fact]
    public void Before_one_was_issued_nothing_is_right_not_even_nothing() => Assert.Equal(CodeCheck.Wrong, _code.Check(""));

    [Fact]
    public void A_code_that_was_used_is_gone()
    {
        var code = _code.Issue();
        _code.Forget();
        Assert.Equal(CodeCheck.Wrong, _code.Check(code));
    }

    [Fact]
    public void After_five_wrong_codes_even_the_right_one_must_wait()
    {
        var code = _code.Issue();
        for (var wrong = 0; wrong < OneTimeCode.TriesBeforeRest; wrong++)
        {
            Assert.Equal(CodeCheck.Wrong, _code.Check("nonsense"));
        }

        Assert.Equal(CodeCheck.Resting, _code.Check(code));
        _clock.Now += OneTimeCode.Rest;
        Assert.Equal(CodeCheck.Right, _code.Check(code));
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1.00 KiB")]
    [InlineData(1536, "1.50 KiB")]
    [InlineData(8L << 30, "8.00 GiB")]
    public void Sizes_have_three_digits_that_count(long bytes, string expected) => Assert.Equal(expected, Words.Size(bytes));

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = Make.Now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
