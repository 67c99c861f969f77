using FedHe.Crypto;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;

namespace FedHe.Orchestration.Tests.Host.Parties;

/// <summary>
/// A client's key files are its keys of the first and of the second epoch, with the certificate that began the second one. A client that joins has
/// the keys of the second epoch alone, and so has a client with a model of that epoch.
/// </summary>
internal sealed class ClientKeyFiles(PartyFiles files, FederationJob first, HeContext? context) : IDisposable
{
    private EpochCertificate? _certificate;
    private ClientKeys? _first;
    private ClientKeys? _next;

    /// <summary>The job in the second epoch, or null as long as the client has no certificate of it.</summary>
    public FederationJob? Next => _certificate?.Job;

    /// <summary>Whether the client has any keys.</summary>
    public bool HasKeys => _first is not null || _next is not null;

    /// <summary>The job in the epoch of the client's oldest keys.</summary>
    public FederationJob Job => _first is null && Next is not null ? Next : first;

    /// <summary>The keys of that epoch.</summary>
    public ClientKeys Keys => _first ?? _next!;

    /// <summary>The keys of the epoch after, if the client has both.</summary>
    public IReadOnlyList<ClientKeys> Later => _first is not null && _next is not null ? [_next] : [];

    /// <summary>Reads the files.</summary>
    public void Read()
    {
        if (files.TryRead(FileNames.Certificate, out byte[]? certificate))
        {
            _certificate = EpochCertificate.Read(first, certificate);
        }

        _first = files.TryRead(FileNames.Keys, out byte[]? keys) ? Load(keys, first) : null;
        _next = Next is not null && files.TryRead(FileNames.NextKeys, out keys) ? Load(keys, Next) : null;
    }

    /// <summary>Takes the certificate by which the second epoch began.</summary>
    public void Enter(PartyStep step, ReadOnlyMemory<byte> certificate)
    {
        _certificate = EpochCertificate.Read(first, certificate);
        step.Files.Add((FileNames.Certificate, certificate.ToArray()));
    }

    /// <summary>Takes the keys of an epoch. The certificate is on the disk before the keys of its epoch.</summary>
    public void Keep(PartyStep step, ClientKeys keys, bool isOfNext)
    {
        _ = isOfNext ? _next = keys : _first = keys;
        step.Save(isOfNext ? FileNames.NextKeys : FileNames.Keys, bytes => keys.Save(bytes, files.Protector));
    }

    /// <summary>Deletes the keys of the first epoch once a model of the second one is saved, as docs/operations.md says.</summary>
    public void DeleteOld(PartyStep step, FederationClient client)
    {
        if (_next is not null && client.ModelRound >= _certificate!.FirstRound && files.TryRead(FileNames.Keys, out _))
        {
            step.Delete(FileNames.Keys);
        }
    }

    public void Dispose()
    {
        _first?.Dispose();
        _next?.Dispose();
    }

    private ClientKeys Load(byte[] keys, FederationJob job)
        => context is null ? ClientKeys.Load(keys, files.Protector, job) : ClientKeys.Load(keys, files.Protector, context);
}
