using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using VzDump.Jobs;
using VzDump.Jobs.Store;

namespace VzDump.Web.SignIn;

/// <summary>Somebody who may sign in.</summary>
public sealed class Person : IdentityUser;

/// <summary>The people and their roles. They share the database with the run history, under a migrations table of their own.</summary>
public abstract class PeopleDbContext(DbContextOptions options) : IdentityDbContext<Person>(options)
{
    public const string MigrationsTable = "__PeopleMigrations";
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

public static class Roles
{
    public const string Administrator = nameof(Administrator);
}
