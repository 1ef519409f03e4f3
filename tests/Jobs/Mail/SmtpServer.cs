using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MimeKit;

namespace VzDump.Tests.Jobs.Mail;

/// <summary>A real SMTP server on this host (Debian's python3-aiosmtpd).</summary>
internal sealed class SmtpServer : IDisposable
{
    private readonly Process _process;

    private SmtpServer(Process process, string folder, int port)
    {
        _process = process;
        Folder = folder;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Files here steer it: see smtp_server.py.</summary>
    public string Folder { get; }

    public int Count => Directory.GetFiles(Folder, "*.eml").Length;

    public static async Task<SmtpServer> StartAsync(string folder, params string[] arguments)
    {
        Directory.CreateDirectory(folder);
        var info = new ProcessStartInfo("/usr/bin/python3") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "Mail", "smtp_server.py"), folder, .. arguments])
        {
            info.ArgumentList.Add(argument);
        }

        var process = Process.Start(info)!;
        var ready = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(ready?.StartsWith("READY ", StringComparison.Ordinal) is true, "The SMTP server did not start: is python3-aiosmtpd installed?");
        return new SmtpServer(process, folder, int.Parse(ready![6..], CultureInfo.InvariantCulture));
    }

    public void Steer(string name, params string[] lines) => File.WriteAllText(Path.Combine(Folder, name), string.Join('\n', lines));

    public void Release(string name) => File.Delete(Path.Combine(Folder, name));

    /// <summary>The mail with this number, from 1 on, as it came.</summary>
    public async Task<Received> ReceivedAsync(int number = 1)
    {
        var path = Path.Combine(Folder, $"{number}.eml");
        await Product.EventuallyAsync(() => Task.FromResult(File.Exists(path)), () => $"Mail {number} did not come.");
        var envelope = JsonSerializer.Deserialize<Envelope>(await File.ReadAllTextAsync(Path.ChangeExtension(path, ".json")), JsonSerializerOptions.Web)!;
        var bytes = await File.ReadAllBytesAsync(path);
        return new Received(MimeMessage.Load(new MemoryStream(bytes)), bytes, envelope);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}

internal sealed record Envelope(string From, string[] To, bool Tls, string? User);

internal sealed record Received(MimeMessage Message, byte[] Bytes, Envelope Envelope);
