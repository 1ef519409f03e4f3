using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace VzDump.Web.SignIn;

/// <summary>Whether this installation has its administrator yet, and the making of it.</summary>
public sealed class Installation(IServiceScopeFactory scopes, OneTimeCode code, ILogger<Installation> log) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private volatile bool _hasPeople;

    public async Task<bool> HasPeopleAsync(CancellationToken cancellation)
    {
        if (!_hasPeople)
        {
            await using var scope = scopes.CreateAsyncScope();
            _hasPeople = await scope.ServiceProvider.GetRequiredService<PeopleDbContext>().Users.AnyAsync(cancellation);
        }

        return _hasPeople;
    }

    /// <summary>A fresh one-time code while there is nobody; null afterwards.</summary>
    public async Task<string?> IssueCodeAsync() => await HasPeopleAsync(CancellationToken.None) ? null : code.Issue();

    /// <summary>Makes the first administrator. Null when that worked, else a sentence that says why not.</summary>
    public async Task<string?> MakeAdministratorAsync(string oneTimeCode, string name, string password, CancellationToken cancellation)
    {
        await _oneAtATime.WaitAsync(cancellation);
        try
        {
            if (await HasPeopleAsync(cancellation))
            {
                return "The administrator was made already. Sign in instead.";
            }

            return code.Check(oneTimeCode) switch
            {
                CodeCheck.Right => await MakeAsync(name, password),
                CodeCheck.Resting => "Too many wrong codes. Wait a minute, then try again.",
                _ => WrongCode(),
            };
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private string WrongCode()
    {
        log.WrongOneTimeCode();
        return "That is not the one-time code. It stands in the console where this program was started last.";
    }

    private async Task<string?> MakeAsync(string name, string password)
    {
        await using var scope = scopes.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<Person>>();
        var made = await people.CreateAsync(new Person { UserName = name, Role = Role.Administrator }, password);
        if (!made.Succeeded)
        {
            return string.Join(" ", made.Errors.Select(error => error.Description));
        }

        _hasPeople = true;
        code.Forget();
        log.FirstAdministratorMade(name);
        return null;
    }
}
