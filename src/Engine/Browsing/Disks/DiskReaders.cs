using VzDump.Engine.Host;

namespace VzDump.Engine.Browsing.Disks;

/// <summary>Starts readers of disks, and remembers what this host can do.</summary>
internal sealed class DiskReaders(HostPrograms programs, TimeProvider time)
{
    private volatile bool _isWithoutKvm;

    /// <exception cref="ProblemException">guestfish is not installed, or its machine does not start.</exception>
    public async Task<DiskShell> StartAsync(DiskImage image, CancellationToken cancellation)
    {
        programs.Require("guestfish");
        if (!_isWithoutKvm)
        {
            try
            {
                return await DiskShell.StartAsync(programs, image.Path, withoutKvm: false, time, cancellation);
            }
            catch (ProblemException)
            {
                // There may be a KVM that does not work, as inside of other machines.
            }
        }

        try
        {
            var shell = await DiskShell.StartAsync(programs, image.Path, withoutKvm: true, time, cancellation);
            _isWithoutKvm = true;
            return shell;
        }
        catch (ProblemException problem)
        {
            throw new ProblemException($"The small virtual machine that reads disks does not start: {problem.Message} 'libguestfs-test-tool' tells what is missing on this host.", problem);
        }
    }
}
