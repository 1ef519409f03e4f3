using VzDump.Engine.Guests;
using VzDump.Jobs.History;
using VzDump.Web.SignIn;

namespace VzDump.Web.Guests;

/// <summary>What somebody with these rights sees of guests and of their past backups.</summary>
public static class GuestSight
{
    extension(Rights rights)
    {
        // A problem names a guest's file, and so a guest. What is only made for a restore test is gone in a moment.
        public GuestListing See(GuestListing listing) =>
            new([.. listing.Guests.Where(state => rights.Sees(state.Guest.Id) && !state.Guest.IsTrial)], rights.SeesAll ? listing.Problems : []);

        public BackupHistory See(BackupHistory history) =>
            rights.SeesAll ? history : new BackupHistory([.. history.Backups.Where(backup => rights.Sees(backup.Guest))], history.Problems);
    }
}
