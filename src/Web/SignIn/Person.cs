using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using VzDump.Jobs;
using VzDump.Jobs.Store;

namespace VzDump.Web.SignIn;

/// <summary>Somebody who may sign in.</summary>
public sealed class Person : IdentityUser
{
    public Role Role { get; set; } = Role.Viewer;

    /// <summary>The guests that are his, see <see cref="GuestLimits"/>; null for all.</summary>
    public string? Guests { get; set; }

    /// <summary>Whether he is kept out, and his tokens with him.</summary>
    public bool IsDisabled { get; set; }

    /// <summary>The time step of the last code of his second factor that was taken: none is taken twice.</summary>
    public long LastCodeStep { get; set; }
}

/// <summary>The people and their roles. They share the database with the run history, under a migrations table of their own.</summary>
public abstract class PeopleDbContext(DbContextOptions options) : IdentityDbContext<Person>(options)
{
    public const string MigrationsTable = "__PeopleMigrations";

    public DbSet<ApiToken> Tokens => Set<ApiToken>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.Entity<Person>(person =>
        {
            person.Property(row => row.Role).HasConversion<string>();
            person.Property(row => row.Guests).HasMaxLength(GuestLimits.LongestText);
        });
        builder.Entity<ApiToken>(token =>
        {
            token.ToTable("ApiTokens");
            token.HasKey(row => row.Id);
            token.HasIndex(row => row.Hash).IsUnique();
            token.Property(row => row.Scope).HasConversion<string>();
            token.HasOne<Person>().WithMany().HasForeignKey(row => row.PersonId).OnDelete(DeleteBehavior.Cascade);

            // SQLite cannot order by a DateTimeOffset; a number it can.
            token.Property(row => row.CreatedAt).HasConversion<UtcTicks>();
            token.Property(row => row.ExpiresAt).HasConversion<UtcTicks>();
            token.Property(row => row.UsedAt).HasConversion<UtcTicks>();
        });
    }

    private sealed class UtcTicks() : ValueConverter<DateTimeOffset, long>(time => time.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
}

/// <summary>In a file.</summary>
public sealed class SqlitePeopleDbContext(DbContextOptions<SqlitePeopleDbContext> options) : PeopleDbContext(options);

/// <summary>In PostgreSQL.</summary>
public sealed class PostgresPeopleDbContext(DbContextOptions<PostgresPeopleDbContext> options) : PeopleDbContext(options);

/// <summary>For the tool that writes migrations.</summary>
internal sealed class SqlitePeopleDesign : IDesignTimeDbContextFactory<SqlitePeopleDbContext>
{
    public SqlitePeopleDbContext CreateDbContext(string[] args)
    {
        var context = new DbContextOptionsBuilder<SqlitePeopleDbContext>();
        ProductDatabase.Configure(context, new JobsOptions { DataFolder = "/" }, PeopleDbContext.MigrationsTable);
        return new SqlitePeopleDbContext(context.Options);
    }
}

/// <summary>The same for PostgreSQL; nothing is connected to.</summary>
internal sealed class PostgresPeopleDesign : IDesignTimeDbContextFactory<PostgresPeopleDbContext>
{
    public PostgresPeopleDbContext CreateDbContext(string[] args)
    {
        var context = new DbContextOptionsBuilder<PostgresPeopleDbContext>();
        ProductDatabase.Configure(context, new JobsOptions { DataFolder = "/", PostgreSql = "Host=nowhere" }, PeopleDbContext.MigrationsTable);
        return new PostgresPeopleDbContext(context.Options);
    }
}
