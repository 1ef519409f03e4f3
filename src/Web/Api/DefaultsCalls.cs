using System.Security.Cryptography;
using System.Text;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Web.Conf;
using VzDump.Web.OptionForms;
using VzDump.Web.SignIn;

namespace VzDump.Web.Api;

internal static class DefaultsCalls
{
    extension(RouteGroupBuilder api)
    {
        public void MapDefaults()
        {
            var defaults = api.MapGroup("/defaults").WithTags("defaults").RequireAuthorization(Policies.Administer);
            defaults.MapGet("/", ReadAsync).WithSummary("vzdump.conf, and what holds for a backup that says nothing itself").Produces<DefaultsAnswer>();
            defaults.MapPut("/", WriteAsync).WithSummary("Replaces vzdump.conf, when it is still the version that was read")
                .Produces<DefaultsAnswer>().ProducesValidationProblem().ProducesProblem(StatusCodes.Status409Conflict);
        }
    }

    private static async Task<IResult> ReadAsync(DefaultsFile file, CancellationToken cancellation)
    {
        var text = await file.ReadAsync(cancellation);
        return TypedResults.Ok(DefaultsAnswer.Of(file.Path, text));
    }

    private static async Task<IResult> WriteAsync(DefaultsCall body, Caller caller, DefaultsFile file, CancellationToken cancellation)
    {
        if (body.Text is not { } text)
        {
            return ApiManners.Invalid([("text", "Give the whole file, as it is to be.")]);
        }

        try
        {
            BackupDefaults.Read(text, file.Path);
        }
        catch (ProblemException problem)
        {
            return ApiManners.Invalid([("text", problem.Message)]);
        }

        var now = await file.ReadAsync(cancellation);
        if (DefaultsAnswer.VersionOf(now) != body.Version)
        {
            return TypedResults.Problem("It is another version now. Read it again.", statusCode: StatusCodes.Status409Conflict, title: "Nothing was saved.");
        }

        await file.WriteAsync(caller.Rights, now, text, cancellation);
        return TypedResults.Ok(DefaultsAnswer.Of(file.Path, text));
    }
}

/// <param name="Text">The file, with its comments.</param>
/// <param name="Version">To be sent back with a change.</param>
/// <param name="Problem">Why it is not understood; then no options are answered.</param>
internal sealed record DefaultsAnswer(string Path, string Text, string Version, string? Problem, IReadOnlyList<DefaultAnswer> Options)
{
    public static DefaultsAnswer Of(string path, string text)
    {
        try
        {
            var options = EffectiveOption.Of(new BackupSettings(), BackupDefaults.Read(text, path), null);
            return new(path, text, VersionOf(text), null, [.. options.Select(option => new DefaultAnswer(option.Name, option.Text, option.Origin.Word))]);
        }
        catch (ProblemException problem)
        {
            return new(path, text, VersionOf(text), problem.Message, []);
        }
    }

    public static string VersionOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <param name="Origin">Whose word it is, such as vzdump.conf.</param>
internal sealed record DefaultAnswer(string Name, string? Value, string Origin);

/// <param name="Version">Of the file as it was read.</param>
internal sealed record DefaultsCall(string? Text, string? Version);
