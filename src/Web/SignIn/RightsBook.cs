using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using VzDump.Engine;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Cluster;

namespace VzDump.Web.SignIn;

/// <summary>Looks up what somebody may do now. What the database says is kept until it changes.</summary>
public sealed class RightsBook(IServiceScopeFactory scopes, NodePaths paths, IOptions<IdentityOptions> identity, TimeProvider time)
{
    private static readonly TimeSpan PoolsAreFresh = TimeSpan.FromSeconds(5);
    private volatile ConcurrentDictionary<string, Task<PersonFacts?>> _known = new(StringComparer.Ordinal);

    private volatile PoolsRead? _pools;

    /// <summary>To be called after every change of a person or token. Who reads at that moment writes into the old book, which nobody opens again.</summary>
    public void Forget() => _known = new(StringComparer.Ordinal);

    /// <summary>Of who is signed in by a cookie or a token.</summary>
    public async Task<Rights> OfAsync(ClaimsPrincipal user, CancellationToken cancellation)
    {
        if (user.Identity is not { IsAuthenticated: true } || user.FindFirstValue(ClaimTypes.NameIdentifier) is not { } id || await FactsAsync("id " + id, cancellation) is not { } person)
        {
            return Rights.None;
        }

        if (user.FindFirstValue(TokenClaims.Id) is { } token)
        {
            return person.Tokens.FirstOrDefault(known => known.Id.ToString() == token) is { } held && held.ExpiresAt > time.GetUtcNow()
                ? await OfAsync(person, $"{person.Name} (token {held.Name})", held.Scope, cancellation) is var rights && rights.Role is not null ? rights with { IsToken = true } : Rights.None
                : Rights.None;
        }

        // "Sign out everywhere" and a new password change the stamp: what was signed in before has an old one.
        return user.FindFirstValue(identity.Value.ClaimsIdentity.SecurityStampClaimType) == person.Stamp
            ? await OfAsync(person, person.Name, Role.Administrator, cancellation)
            : Rights.None;
    }

    /// <summary>Of whom a run is recorded as started by. Nobody's when the person is gone by then.</summary>
    /// <param name="who">As <see cref="Rights.Who"/>.</param>
    public async Task<Rights> OfAsync(string who, CancellationToken cancellation)
    {
        // e.g. ada (token backup-script): names have no blank in them. What a token may was checked when the run was started.
        var name = who.Split(' ')[0];
        return name.Length > 0 && await FactsAsync("name " + name.ToUpperInvariant(), cancellation) is { } person
            ? await OfAsync(person, who, Role.Administrator, cancellation)
            : Rights.None;
    }

    private async Task<Rights> OfAsync(PersonFacts person, string who, Role most, CancellationToken cancellation) => person.IsDisabled
        ? Rights.None
        : new Rights { Who = who, Person = person.Id, Role = person.Role < most ? person.Role : most, Guests = person.Limits is null ? null : await GuestsAsync(person.Limits, cancellation) };

    private async Task<IReadOnlySet<GuestId>> GuestsAsync(string text, CancellationToken cancellation)
    {
        // Limits that cannot be read, or a pool that is not there, are no guests: never all of them.
        if (!GuestLimits.TryParse(text, out var limits, out _))
        {
            return new HashSet<GuestId>();
        }

        var guests = limits.Ids.ToHashSet();
        if (limits.Pools.Count > 0)
        {
            try
            {
                var pools = await PoolsAsync(cancellation);
                guests.UnionWith(limits.Pools.SelectMany(pool => pools.TryGetValue(pool, out var found) ? found.Guests : []));
            }
            catch (ProblemException)
            {
                // user.cfg cannot be read just now: the guests that are named by VMID stay.
            }
        }

        return guests;
    }

    // A page asks ten times a second while a run works; user.cfg does not change that often.
    private async Task<IReadOnlyDictionary<string, Pool>> PoolsAsync(CancellationToken cancellation)
    {
        if (_pools is not { } read || time.GetElapsedTime(read.At) > PoolsAreFresh)
        {
            _pools = read = new PoolsRead(time.GetTimestamp(), (await UserConfig.ReadAsync(paths, cancellation)).Pools);
        }

        return read.Pools;
    }

    private async Task<PersonFacts?> FactsAsync(string key, CancellationToken cancellation)
    {
        var book = _known;
        var reading = book.GetOrAdd(key, ReadAsync);
        try
        {
            var facts = await reading.WaitAsync(cancellation);
            if (facts is null)
            {
                book.TryRemove(key, out _); // or strangers could fill the memory with names
            }

            return facts;
        }
        catch
        {
            book.TryRemove(key, out _);
            throw;
        }
    }

    private async Task<PersonFacts?> ReadAsync(string key)
    {
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<PeopleDbContext>();
        var (kind, value) = key.Split(' ', 2) is [var first, var rest] ? (first, rest) : ("", "");
        var person = await database.Users.AsNoTracking().SingleOrDefaultAsync(user => kind == "id" ? user.Id == value : user.NormalizedUserName == value);
        return person is null
            ? null
            : new PersonFacts(person.Id, person.UserName ?? "", person.Role, person.Guests, person.IsDisabled, person.SecurityStamp ?? "",
                [.. await database.Tokens.AsNoTracking().Where(token => token.PersonId == person.Id).ToListAsync()]);
    }

    private sealed record PoolsRead(long At, IReadOnlyDictionary<string, Pool> Pools);

    private sealed record PersonFacts(string Id, string Name, Role Role, string? Limits, bool IsDisabled, string Stamp, IReadOnlyList<ApiToken> Tokens);
}
