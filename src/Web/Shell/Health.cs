using Microsoft.EntityFrameworkCore;
using VzDump.Web.SignIn;

namespace VzDump.Web.Shell;

/// <summary>For who watches over this program, without sign-in: whether it answers and its database does. It tells nothing else.</summary>
internal static class Health
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static async Task<IResult> AnswerAsync(PeopleDbContext database, TimeProvider time, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await database.Users.AnyAsync(either.Token);
            return Results.Text("ok");
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            return Results.Text("The database does not answer.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
