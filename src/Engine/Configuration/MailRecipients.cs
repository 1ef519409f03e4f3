using System.Text.RegularExpressions;

namespace VzDump.Engine.Configuration;

/// <summary>Who gets mail: addresses, or names of users of this host such as <c>root</c>.</summary>
public static partial class MailRecipients
{
    /// <summary>Whether a text can be a recipient: plain ASCII, nothing that a header or a program could take for something else.</summary>
    public static bool IsRecipient(string text) => text.Length <= 254 && Recipient().IsMatch(text);

    // A leading dash would be an option to sendmail, whatever stands before it. Quoted local parts are for nobody who lives.
    [GeneratedRegex(@"^[A-Za-z0-9_+~=!#$%&'*/?^`{|}][A-Za-z0-9_+~=!#$%&'*/?^`{|}.-]*(@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Recipient();
}
