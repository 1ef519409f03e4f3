using System.ComponentModel.DataAnnotations;

namespace VzDump.Web.Api;

/// <summary>How often somebody may call; the section <c>Limits</c> of the configuration.</summary>
internal sealed class CallLimits
{
    /// <summary>Passwords and codes from one address.</summary>
    [Range(1, 10_000)]
    public int SignInsPerMinute { get; set; } = 30;

    /// <summary>Of the API and of <c>/metrics</c>, by one token or person.</summary>
    [Range(1, 1_000_000)]
    public int CallsPerMinute { get; set; } = 600;
}
