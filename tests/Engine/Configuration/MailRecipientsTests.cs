using VzDump.Engine.Configuration;

namespace VzDump.Tests.Engine.Configuration;

public sealed class MailRecipientsTests
{
    [Theory]
    [InlineData("admin@example.org")]
    [InlineData("d+e@f")]
    [InlineData("root")]
    public void Addresses_and_users_of_this_host_are_recipients(string text) => Assert.True(MailRecipients.IsRecipient(text));

    [Theory]
    [InlineData("-oQ/tmp")]
    [InlineData("-f@example.org")]
    [InlineData("a@b@c")]
    [InlineData("a@-b.c")]
    [InlineData("a@b..c")]
    [InlineData("@b.c")]
    [InlineData("a@")]
    [InlineData("a@b.c\nBcc:x@y.z")]
    [InlineData("a@b.c\r")]
    [InlineData("<a@b.c>")]
    [InlineData("\"a b\"@c.d")]
    [InlineData("ä@b.c")]
    public void What_a_program_or_a_header_could_take_for_something_else_is_no_recipient(string text) => Assert.False(MailRecipients.IsRecipient(text));

    [Fact]
    public void An_address_that_is_too_long_is_none() => Assert.False(MailRecipients.IsRecipient(new string('a', 251) + "@b.c"));
}
