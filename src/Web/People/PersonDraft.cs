using System.ComponentModel.DataAnnotations;
using VzDump.Web.SignIn;

namespace VzDump.Web.People;

/// <summary>A person as somebody types it.</summary>
public sealed class PersonDraft : IValidatableObject
{
    [Required(ErrorMessage = "Give a name."), StringLength(64, ErrorMessage = "A name has at most 64 characters.")]
    [RegularExpression(@"\s*[A-Za-z0-9._@+\-]+\s*", ErrorMessage = "A name holds letters, digits and . _ @ + - only.")]
    public string Name { get; set; } = "";

    public Role Role { get; set; } = Role.Viewer;

    public bool AllGuests { get; set; } = true;

    /// <summary>As <see cref="GuestLimits"/>.</summary>
    public string Guests { get; set; } = "";

    /// <summary>Null for all guests.</summary>
    public string? Limits => AllGuests ? null : Guests;

    public static PersonDraft From(PersonRow? person) => person is null ? new() : new()
    {
        Name = person.Name,
        Role = person.Role,
        AllGuests = person.Guests is null,
        Guests = person.Guests ?? "",
    };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!AllGuests && !GuestLimits.TryParse(Guests, out _, out var strange))
        {
            yield return new ValidationResult(
                strange is null ? "Name at least one guest or pool, such as '101, 102, pool:web'." : $"'{strange}' is neither a VMID nor 'pool:' with a name.", [nameof(Guests)]);
        }
    }
}

/// <summary>What can be done to a person.</summary>
public enum PersonAct
{
    Edit,
    Disable,
    Enable,
    ResetPassword,
    DropSecondFactor,
    SignOut,
    Remove,
}

public static class RoleWords
{
    extension(Role role)
    {
        public string Meaning => role switch
        {
            Role.Administrator => "changes jobs, settings and people, and deletes archives; with some guests only: deletes their archives",
            Role.Operator => "runs, stops and restores backups, and writes notes",
            _ => "looks at guests, runs, archives and logs",
        };

        public string Tone => role switch { Role.Administrator => "busy", Role.Operator => "good", _ => "quiet" };
    }
}
