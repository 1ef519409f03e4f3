using System.Data.Common;

namespace VzDump.Web.Logging;

/// <summary>Values that must stand in no log, whoever logs them and in whatever message or exception.</summary>
public sealed class KnownSecrets
{
    private const string Mask = "***";

    // Shorter ones would blot out words, and protect nothing.
    private const int Shortest = 4;

    private static readonly string[] Names = ["password", "secret", "token", "apikey", "passphrase"];
    private volatile string[] _values = [];

    /// <summary>What the configuration holds under names such as Password, and the password of a connection string.</summary>
    internal static KnownSecrets From(IConfiguration configuration)
    {
        var secrets = new KnownSecrets();
        foreach (var (key, value) in configuration.AsEnumerable())
        {
            if (IsSecret(key))
            {
                secrets.Add(value);
            }
            else if (value is not null && value.Contains("password", StringComparison.OrdinalIgnoreCase))
            {
                secrets.Add(PasswordOf(value));
            }
        }

        return secrets;
    }

    /// <summary>Whether something of this name is not to be logged.</summary>
    public static bool IsSecret(string name) => Array.Exists(Names, part => name.Contains(part, StringComparison.OrdinalIgnoreCase));

    /// <summary>From now on it is masked.</summary>
    public void Add(string? value)
    {
        if (value is { Length: >= Shortest } && !_values.Contains(value, StringComparer.Ordinal))
        {
            _values = [.. _values, value];
        }
    }

    public string Masked(string text)
    {
        foreach (var value in _values)
        {
            text = text.Replace(value, Mask, StringComparison.Ordinal);
        }

        return text;
    }

    // e.g. Host=db;Username=vzdump;Password=hunter2
    private static string? PasswordOf(string connection)
    {
        try
        {
            return new DbConnectionStringBuilder { ConnectionString = connection }.TryGetValue("Password", out var password) ? password as string : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
