namespace VzDump.Web.SignIn;

/// <summary>What somebody may do. Each one may all that those before it may.</summary>
public enum Role
{
    /// <summary>Looks at guests, runs, archives and logs.</summary>
    Viewer = 1,

    /// <summary>Runs, stops and restores, and writes notes.</summary>
    Operator = 2,

    /// <summary>Changes jobs, defaults, settings and people, and deletes archives.</summary>
    Administrator = 3,
}

/// <summary>The names by which pages, endpoints and hubs say what they want. Each is checked on the server, at every call.</summary>
public static class Policies
{
    /// <summary>Somebody who is signed in; what he sees is limited to his guests.</summary>
    public const string View = nameof(View);

    /// <summary>The same for what cannot be told guest by guest, such as jobs: a viewer of all guests.</summary>
    public const string ViewNode = nameof(ViewNode);

    /// <summary>An operator, for his guests.</summary>
    public const string Operate = nameof(Operate);

    /// <summary>An administrator of all guests: with these rights one could give oneself any other.</summary>
    public const string Administer = nameof(Administer);

    /// <summary>A person in a browser, not a program with a token: for what a stolen token must not be able to do.</summary>
    public const string InPerson = nameof(InPerson);
}
