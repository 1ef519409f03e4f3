using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace VzDump.Web.SignIn;

/// <summary>Somebody who may sign in.</summary>
public sealed class Person : IdentityUser;

/// <summary>The people and their roles. It shares its file with the run history, under a migrations table of its own.</summary>
public sealed class PeopleDbContext(DbContextOptions<PeopleDbContext> options) : IdentityDbContext<Person>(options)
{
    public const string MigrationsTable = "__PeopleMigrations";
}

public static class Roles
{
    public const string Administrator = nameof(Administrator);
}
