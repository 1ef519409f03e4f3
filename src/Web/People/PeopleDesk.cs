using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using VzDump.Engine;
using VzDump.Jobs.Audit;
using VzDump.Web.SignIn;

namespace VzDump.Web.People;

/// <summary>The people of this installation, for those who administer it. Each change is kept in the audit; one person administers all of it at any time.</summary>
public sealed partial class PeopleDesk(IServiceScopeFactory scopes, AuditTrail audit, TimeProvider time) : IDisposable
{
    private const string Letters = "abcdefghjkmnpqrstuvwxyz23456789"; // without those that look alike
    private static readonly string[] Reserved = ["schedule", "Hangfire"]; // runs name these as who started them
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>By name.</summary>
    public async Task<IReadOnlyList<PersonRow>> ListAsync(Rights by, CancellationToken cancellation)
    {
        Need(by);
        await using var scope = scopes.CreateAsyncScope();
        var (database, now) = (scope.ServiceProvider.GetRequiredService<PeopleDbContext>(), time.GetUtcNow());
        var tokens = (await database.Tokens.AsNoTracking().ToListAsync(cancellation)).Where(token => token.ExpiresAt > now).ToLookup(token => token.PersonId);
        return
        [
            .. (await database.Users.AsNoTracking().OrderBy(person => person.NormalizedUserName).ToListAsync(cancellation)).Select(person => new PersonRow(
                person.Id, person.UserName ?? "", person.Role, person.Guests, person.IsDisabled, person.TwoFactorEnabled, tokens[person.Id].Count(), person.LockoutEnd > now)),
        ];
    }

    /// <summary>Answers the password, which is told nowhere else.</summary>
    /// <exception cref="ProblemException">It cannot be done.</exception>
    public Task<string> CreateAsync(Rights by, string name, Role role, string? guests, CancellationToken cancellation) => ChangeAsync(
        by,
        async (people, _) =>
        {
            if (!Name().IsMatch(name) || Reserved.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                throw new ProblemException("A name holds 1 to 64 letters, digits and . _ @ + - only, and is not 'schedule' or 'Hangfire'. Choose another one.");
            }

            var password = NewPassword();
            Throw(await people.CreateAsync(new Person { UserName = name, Role = role, Guests = Checked(guests) }, password));
            return (name, "person made", Words(role, guests), password);
        },
        cancellation);

    /// <exception cref="ProblemException">He is the last one who administers everything, or it cannot be done.</exception>
    public Task ChangeAsync(Rights by, string id, Role role, string? guests, bool isDisabled, CancellationToken cancellation) => ChangeAsync(
        by,
        async (people, database) =>
        {
            var person = await FindAsync(people, id);
            var wasOut = person.IsDisabled;
            (person.Role, person.Guests, person.IsDisabled) = (role, Checked(guests), isDisabled);
            await NeedAnotherAdministratorAsync(database, person, cancellation);

            // Who is let in again later must not come in by a cookie from before.
            Throw(isDisabled && !wasOut ? await people.UpdateSecurityStampAsync(person) : await people.UpdateAsync(person));
            return (person.UserName!, isDisabled == wasOut ? "rights changed" : isDisabled ? "person disabled" : "person enabled", Words(role, guests), "");
        },
        cancellation);

    /// <summary>Takes the place of a forgotten password, and ends the lock that wrong ones brought. Answers the new one.</summary>
    /// <param name="dropSecondFactor">For who has lost his phone and his recovery codes.</param>
    public Task<string> ResetPasswordAsync(Rights by, string id, bool dropSecondFactor, CancellationToken cancellation) => ChangeAsync(
        by,
        async (people, _) =>
        {
            var person = await FindAsync(people, id);
            var password = NewPassword();
            person.PasswordHash = people.PasswordHasher.HashPassword(person, password);
            (person.LockoutEnd, person.AccessFailedCount) = (null, 0);
            person.TwoFactorEnabled &= !dropSecondFactor;
            Throw(await people.UpdateSecurityStampAsync(person));
            return (person.UserName!, dropSecondFactor ? "password and second factor reset" : "password reset", null, password);
        },
        cancellation);

    /// <summary>Every cookie of the person is void from now on. Tokens stay.</summary>
    public Task SignOutEverywhereAsync(Rights by, string id, CancellationToken cancellation) => ChangeAsync(
        by,
        async (people, _) =>
        {
            var person = await FindAsync(people, id);
            Throw(await people.UpdateSecurityStampAsync(person));
            return (person.UserName!, "signed out everywhere", null, "");
        },
        cancellation);

    /// <summary>With the person's tokens. What he did stays in the history.</summary>
    /// <exception cref="ProblemException">He is the last one who administers everything.</exception>
    public Task RemoveAsync(Rights by, string id, CancellationToken cancellation) => ChangeAsync(
        by,
        async (people, database) =>
        {
            var person = await FindAsync(people, id);
            person.IsDisabled = true;
            await NeedAnotherAdministratorAsync(database, person, cancellation);
            Throw(await people.DeleteAsync(person));
            return (person.UserName!, "person removed", null, "");
        },
        cancellation);

    public void Dispose() => _one.Dispose();

    private async Task<string> ChangeAsync(
        Rights by, Func<UserManager<Person>, PeopleDbContext, Task<(string Subject, string What, string? Details, string Answer)>> change, CancellationToken cancellation)
    {
        Need(by);

        // One at a time: two who take each other's rights away at once would leave nobody.
        await _one.WaitAsync(cancellation);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var done = await change(scope.ServiceProvider.GetRequiredService<UserManager<Person>>(), scope.ServiceProvider.GetRequiredService<PeopleDbContext>());
            await audit.AddAsync(by.Who, done.What, done.Subject, done.Details, CancellationToken.None);
            return done.Answer;
        }
        finally
        {
            _one.Release();
        }
    }

    private static async Task NeedAnotherAdministratorAsync(PeopleDbContext database, Person wanted, CancellationToken cancellation)
    {
        if (wanted is { Role: Role.Administrator, Guests: null, IsDisabled: false })
        {
            return;
        }

        if (!await database.Users.AnyAsync(other => other.Id != wanted.Id && other.Role == Role.Administrator && other.Guests == null && !other.IsDisabled, cancellation))
        {
            throw new ProblemException($"'{wanted.UserName}' is the last one who administers everything. Give somebody else the role 'Administrator' for all guests first.");
        }
    }

    private static async Task<Person> FindAsync(UserManager<Person> people, string id) =>
        await people.FindByIdAsync(id) ?? throw new ProblemException("There is no such person any more. Reload the page.");

    private static string? Checked(string? guests) => guests is null ? null
        : GuestLimits.TryParse(guests, out var limits, out var strange) ? limits.ToString()
        : throw new ProblemException(strange is null ? "Name at least one guest or pool, such as '101, 102, pool:web'." : $"'{strange}' is neither a VMID nor a pool: write VMIDs, or 'pool:' and the name of a pool.");

    private static void Need(Rights by)
    {
        if (!by.AdministersNode || by.IsToken)
        {
            throw new ProblemException("Only an administrator of all guests who has signed in may look after people.");
        }
    }

    private static void Throw(IdentityResult result)
    {
        if (!result.Succeeded)
        {
            throw new ProblemException(string.Join(' ', result.Errors.Select(error => error.Description)));
        }
    }

    private static string Words(Role role, string? guests) => $"{role}, {(guests is null ? "all guests" : $"the guests {Checked(guests)}")}";

    // e.g. k7qm-2xwa-pptc-9hrd-vn3s
    private static string NewPassword() => string.Join('-', RandomNumberGenerator.GetString(Letters, 20).Chunk(4).Select(part => new string(part)));

    [GeneratedRegex(@"^[A-Za-z0-9._@+\-]{1,64}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}

/// <param name="Guests">As <see cref="GuestLimits"/>; null for all.</param>
/// <param name="Tokens">How many there are that have not expired.</param>
/// <param name="Rests">Whether too many wrong passwords keep the name out for some minutes.</param>
public sealed record PersonRow(string Id, string Name, Role Role, string? Guests, bool IsDisabled, bool HasSecondFactor, int Tokens, bool Rests);
