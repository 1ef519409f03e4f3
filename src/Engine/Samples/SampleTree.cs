using System.Globalization;
using System.Text;
using VzDump.Engine.Host;

namespace VzDump.Engine.Samples;

/// <summary>A few megabytes of files such as a small server has: text, links, a sparse file, an extended attribute.</summary>
internal static class SampleTree
{
    private const int LogDays = 12;
    private const int LinesADay = 4000;
    private const int DatabaseBytes = 3 * 1024 * 1024;

    public static async Task MakeAsync(string root, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var folder in (string[])["bin", "etc", "home/ada", "tmp", "usr/bin", "var/lib/shop", "var/log/shop", "var/www/html"])
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
        }

        await WriteAsync("etc/hostname", "sample\n");
        await WriteAsync("etc/os-release", "NAME=\"VzDump.Web sample\"\nID=sample\n");
        await WriteAsync("etc/shop.conf", "listen = 127.0.0.1:8080\ndatabase = /var/lib/shop/orders.db\n");
        await WriteAsync("home/ada/notes.txt", "This is a sample guest. Back it up, delete a file, and look for it in the archive.\n");
        await WriteAsync("var/www/html/index.html", "<!doctype html>\n<title>Sample</title>\n<h1>It is all in the backup.</h1>\n");
        await WriteAsync("usr/bin/greet", "#!/bin/sh\necho \"Hello from the sample\"\n");
        File.SetUnixFileMode(Path.Combine(root, "usr/bin/greet"), (UnixFileMode)0b111_101_101);
        File.CreateSymbolicLink(Path.Combine(root, "bin/greet"), "../usr/bin/greet");
        File.CreateSymbolicLink(Path.Combine(root, "home/ada/website"), "/var/www/html");

        for (var day = 0; day < LogDays; day++)
        {
            await WriteAsync($"var/log/shop/access-{now.AddDays(day - LogDays):yyyy-MM-dd}.log", LogOfDay(day));
        }

        // Data that does not compress, and a hole in its middle.
        var noise = new byte[DatabaseBytes];
        new Random(101).NextBytes(noise);
        await using (var database = File.Create(Path.Combine(root, "var/lib/shop/orders.db")))
        {
            await database.WriteAsync(noise, cancellation);
            database.Seek(4 * DatabaseBytes, SeekOrigin.Begin);
            await database.WriteAsync("end"u8.ToArray(), cancellation);
        }

        // Not every file system takes it; the sample is one attribute poorer then.
        _ = LinuxCalls.SetExtendedAttribute(Path.Combine(root, "home/ada/notes.txt"), "user.origin", "VzDump.Web"u8, "VzDump.Web"u8.Length, 0);

        Task WriteAsync(string path, string text) => File.WriteAllTextAsync(Path.Combine(root, path), text, cancellation);
    }

    private static string LogOfDay(int day)
    {
        var text = new StringBuilder();
        var random = new Random(day);
        for (var line = 0; line < LinesADay; line++)
        {
            text.Append(CultureInfo.InvariantCulture, $"10.0.{random.Next(8)}.{random.Next(256)} {line / 167:00}:{line % 60:00}:{random.Next(60):00} GET /orders/{random.Next(100_000)} 200 {random.Next(200, 9000)}\n");
        }

        return text.ToString();
    }
}
