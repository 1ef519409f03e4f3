using Microsoft.EntityFrameworkCore;
using VzDump.Engine;
using VzDump.Jobs.Audit;
using VzDump.Web.SignIn;

namespace VzDump.Web.People;

/// <summary>API tokens: everybody's own, and all of them for those who administer everything. A token cannot make tokens.</summary>
public sealed class TokenDesk(IServiceScopeFactory scopes, AuditTrail audit, TimeProvider time)
{
    public const int LongestName = 64, MostTokens = 50;

    /// <summary>In days.</summary>
    public const int LongestLife = 366;

    /// <summary>Newest first; expired ones too, until they are removed.</summary>
    public async Task<IReadOnlyList<TokenRow>> ListAsync(Rights by, CancellationToken cancellation)
    {
        NeedPerson(by);
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<PeopleDbContext>();
        var rows = await database.Tokens.AsNoTracking().Where(token => by.AdministersNode || token.PersonId == by.Person)
            .Join(database.Users, token => token.PersonId, person => person.Id, (token, person) => new { Token = token, person.UserName }).ToListAsync(cancellation);
        var now = time.GetUtcNow();
        return [.. rows.OrderByDescending(row => row.Token.CreatedAt).Select(row => new TokenRow(
            row.Token.Id, row.Token.Name, row.UserName ?? "", row.Token.PersonId == by.Person, row.Token.Scope, row.Token.CreatedAt, row.Token.ExpiresAt, row.Token.UsedAt, row.Token.ExpiresAt <= now))];
    }

    /// <summary>Answers the token's text, which is told nowhere else.</summary>
    /// <param name="days">Until it expires, 1 to <see cref="LongestLife"/>.</param>
    /// <exception cref="ProblemException">It cannot be done.</exception>
    public async Task<string> CreateAsync(Rights by, string name, Role scope, int days, CancellationToken cancellation)
    {
        NeedPerson(by);
        if (name.Trim() is not { Length: > 0 and <= LongestName } || name.Any(char.IsControl))
        {
            throw new ProblemException($"Say what the token is for, in 1 to {LongestName} characters.");
        }

        if (days is < 1 or > LongestLife)
        {
            throw new ProblemException($"A token is good for 1 to {LongestLife} days.");
        }

        if (!by.May(scope))
        {
            throw new ProblemException("A token may not do more than you may. Choose a smaller scope.");
        }

        await using var services = scopes.CreateAsyncScope();
        var database = services.ServiceProvider.GetRequiredService<PeopleDbContext>();
        if (await database.Tokens.CountAsync(token => token.PersonId == by.Person, cancellation) >= MostTokens)
        {
            throw new ProblemException($"You have {MostTokens} tokens. Remove one that is not needed any more first.");
        }

        var (text, now) = (ApiToken.NewText(), time.GetUtcNow());
        database.Add(new ApiToken
        {
            Id = Guid.CreateVersion7(now),
            PersonId = by.Person!,
            Name = name.Trim(),
            Hash = ApiToken.HashOf(text),
            Scope = scope,
            CreatedAt = now,
            ExpiresAt = now.AddDays(days),
        });
        await database.SaveChangesAsync(cancellation);
        await audit.AddAsync(by.Who, "token made", name.Trim(), $"{scope}, for {days} days", CancellationToken.None);
        return text;
    }

    /// <summary>It lets nobody in from now on. Fine when it is gone already.</summary>
    public async Task RemoveAsync(Rights by, Guid id, CancellationToken cancellation)
    {
        NeedPerson(by);
        await using var services = scopes.CreateAsyncScope();
        var database = services.ServiceProvider.GetRequiredService<PeopleDbContext>();
        if (await database.Tokens.SingleOrDefaultAsync(token => token.Id == id && (by.AdministersNode || token.PersonId == by.Person), cancellation) is { } token)
        {
            database.Remove(token);
            await database.SaveChangesAsync(cancellation);
            await audit.AddAsync(by.Who, "token removed", token.Name, null, CancellationToken.None);
        }
    }

    private static void NeedPerson(Rights by)
    {
        if (by.Person is null || by.Role is null || by.IsToken)
        {
            throw new ProblemException("Sign in with the browser to look after tokens.");
        }
    }
}

/// <param name="IsMine">Whether it acts for who looks.</param>
public sealed record TokenRow(
    Guid Id, string Name, string Owner, bool IsMine, Role Scope, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? UsedAt, bool IsExpired);
