using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>vzdump's <c>fleecing</c> as text.</summary>
internal static class FleecingText
{
    /// <summary>Reads e.g. <c>enabled=1,storage=local-lvm</c> or <c>1</c>; null when it is neither.</summary>
    public static FleecingSettings? TryParse(string text)
    {
        var (enabled, storage) = ((bool?)null, (string?)null);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            switch (part.Split('=', 2))
            {
                case ["enabled", var flag] when enabled is null && OptionText.Flag(flag) is { } value:
                    enabled = value;
                    break;
                case [var flag] when enabled is null && OptionText.Flag(flag) is { } value:
                    enabled = value;
                    break;
                case ["storage", var name] when storage is null && OptionText.IsStorage(name):
                    storage = name;
                    break;
                default:
                    return null;
            }
        }

        return new FleecingSettings(enabled ?? false, storage);
    }

    public static string Write(FleecingSettings fleecing) => $"enabled={(fleecing.Enabled ? 1 : 0)}{(fleecing.Storage is null ? "" : $",storage={fleecing.Storage}")}";
}
