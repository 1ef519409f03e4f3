using Microsoft.Extensions.Options;

namespace VzDump.Jobs.Mail;

/// <summary>Where the settings of mail come from: the section <c>Mail</c>, as it is now.</summary>
internal sealed class MailSettings(IOptionsMonitor<MailOptions> options)
{
    /// <exception cref="OptionsValidationException">The section was changed to something that is not allowed.</exception>
    public MailOptions Now => options.CurrentValue;
}
