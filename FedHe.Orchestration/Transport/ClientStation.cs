using FedHe.Orchestration.Client;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Keys;

namespace FedHe.Orchestration.Transport;

/// <summary>
/// A client station is one client of a federation within one process, with the messages that wait for it.
/// </summary>
internal sealed class ClientStation : IProgress<ClientProgress>, IDisposable
{
    private readonly ClientIdentity _identity;
    private readonly List<ClientKeys> _keys;
    private List<ClientProgress> _measured = [];

    public ClientStation(FederationClientSetup setup)
    {
        _identity = setup.Identity;
        _keys = [setup.Keys];
        Client = new FederationClient(setup with { Progress = this, SharesMessages = true });
        Client.EndWithProcess();
    }

    public FederationClient Client { get; }

    public ClientIdentity Identity => _identity;

    public Queue<ReadOnlyMemory<byte>> Inbox { get; } = [];

    public bool IsBusy { get; set; }

    /// <summary>The receiver of the client's progress, called immediately and on the client's thread.</summary>
    public IProgress<ClientProgress>? Listener { get; set; }

    /// <summary>Gives the client the keys of its epoch, which the station owns, and returns the message that announces it.</summary>
    public ReadOnlyMemory<byte> Renew(ClientKeys keys)
    {
        _keys.Add(keys);
        return Client.Renew(keys);
    }

    public void Report(ClientProgress value)
    {
        if (value.Phase != ClientPhase.Training)
        {
            _measured.Add(value);
        }

        Listener?.Report(value);
    }

    /// <summary>
    /// Returns the measurements since the last call; it must not be called while the client is working.
    /// </summary>
    public List<ClientProgress> TakeMeasured()
    {
        List<ClientProgress> measured = _measured;
        _measured = [];
        return measured;
    }

    public void Dispose()
    {
        Client.Dispose();
        _keys.ForEach(keys => keys.Dispose());
        _identity.Dispose();
    }
}
