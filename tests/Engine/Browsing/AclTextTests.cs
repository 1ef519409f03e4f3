using System.Text;
using VzDump.Engine.Browsing.PutBack;

namespace VzDump.Tests.Engine.Browsing;

public sealed class AclTextTests
{
    private readonly AclText _access = new(name => name == "games" ? 5 : null, name => name == "mail" ? 8 : null);

    [Fact]
    public void Names_get_their_numbers_and_other_records_stay_as_they_were()
    {
        var other = Record("mtime=1766434812.5") + Record("SCHILY.xattr.user.x=\0\n\u00ff");

        Assert.Equal(
            other + Record("SCHILY.acl.access=user::rw-\nuser:5:r--:5\ngroup:8:rw-:8\ngroup:77:r--:77\nmask::rw-\nother::r--"),
            Rewrite(other + Record("SCHILY.acl.access=user::rw-\nuser:games:r--\ngroup:mail:rw-\ngroup:77:r--\nmask::rw-\nother::r--\n")));
        Assert.Equal(0, _access.LeftOut);
        Assert.Equal(other, Rewrite(other));
    }

    [Fact]
    public void Who_is_not_known_is_left_out_and_counted()
    {
        Assert.Equal(Record("SCHILY.acl.default=user::rwx"), Rewrite(Record("SCHILY.acl.default=user::rwx\nuser:nobody-here:rwx\ngroup:games:r--\n")));
        Assert.Equal(2, _access.LeftOut);
    }

    [Theory]
    [InlineData("9999 SCHILY.acl.access=x\n")]
    [InlineData("SCHILY.acl.access=x\n")]
    [InlineData("1 SCHILY.acl.access=x\n")]
    [InlineData("-5 SCHILY.acl.access=x\n")]
    public void What_is_no_record_is_damage(string records) => Assert.Throws<InvalidDataException>(() => Rewrite(records));

    private string Rewrite(string records) => Encoding.Latin1.GetString(_access.Rewrite(Encoding.Latin1.GetBytes(records)));

    // e.g. 11 a=12345 and a line's end, which count
    private static string Record(string text)
    {
        var length = text.Length + 2;
        while (length != $"{length}".Length + text.Length + 2)
        {
            length = $"{length}".Length + text.Length + 2;
        }

        return $"{length} {text}\n";
    }
}
