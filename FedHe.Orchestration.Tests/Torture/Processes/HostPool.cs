using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>
/// The living processes of the tests: a federation takes over those that an earlier one has not killed, each for the role that it
/// had, whose code it has compiled.
/// </summary>
public sealed class HostPool : IDisposable
{
    private readonly Dictionary<string, Stack<HostProcess>> _idle = [];
    private readonly Lock _changing = new();
    private readonly Dictionary<JobMode, IReadOnlyList<DeliveredFrame>> _undisturbed = [];

    /// <summary>Returns the frames of an undisturbed run, the same for all tests.</summary>
    internal IReadOnlyList<DeliveredFrame> UndisturbedOf(JobMode mode)
    {
        // Tests that share processes run one after another.
        if (!_undisturbed.TryGetValue(mode, out IReadOnlyList<DeliveredFrame>? frames))
        {
            using ProcessFederation run = new ProcessFederation(this, mode).Run();
            _undisturbed.Add(mode, frames = run.Delivered);
        }

        return frames;
    }

    internal HostProcess Take(string party)
    {
        lock (_changing)
        {
            if (_idle.TryGetValue(party, out Stack<HostProcess>? idle) && idle.TryPop(out HostProcess? host))
            {
                return host;
            }
        }

        return HostProcess.Start();
    }

    internal void Return(string party, HostProcess host)
    {
        lock (_changing)
        {
            Stack<HostProcess> idle = _idle.TryGetValue(party, out Stack<HostProcess>? known) ? known : _idle[party] = new();
            idle.Push(host);
        }
    }

    public void Dispose() => _idle.Values.SelectMany(hosts => hosts).ToList().ForEach(host => host.Dispose());
}
