using FedHe.Hosting.Connections;
using FedHe.Hosting.Diagnostics;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Keys;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Clients;

/// <summary>A key renewal obtains the group key of an epoch that a client has entered, while the client goes on taking messages.</summary>
/// <remarks>
/// The request is on the disk before it leaves, and the key is on the disk before the client uses it.
/// </remarks>
internal sealed class KeyRenewal(ClientFiles files, FederationFactory factory, FederationClient client, KeyRing keys, ServerLink link, TimeProvider time, ILogger logger)
    : IDisposable
{
    private KeyRequest? _request;
    private int _epoch;
    private long _asked;
    private int _interruptions;

    /// <summary>
    /// Asks for the key of the client's epoch if the client lacks it: once an epoch, and again after an interruption or a while.
    /// </summary>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        if (!client.NeedsKeys)
        {
            return;
        }

        bool isNew = _epoch != client.Job.EpochNumber;
        if (isNew)
        {
            _request?.Dispose();
            (_request, _epoch) = (files.OpenRequest(client.Job), client.Job.EpochNumber);
            Log.AskingForKeys(logger, client.Client);
        }

        if (isNew || link.Interruptions != _interruptions || time.GetElapsedTime(_asked) > KeyEnrollment.AskAgain)
        {
            (_interruptions, _asked) = (link.Interruptions, time.GetTimestamp());
            await link.PostAsync(_request!.Bytes, recipient: null, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the authority's answer, and announces a client that has its key. What answers no open request is passed over.</summary>
    /// <returns>The authority's refusal, or null.</returns>
    public async Task<KeyRefusedException?> TakeAsync(ReadOnlyMemory<byte> answer, CancellationToken cancellationToken)
    {
        if (_request is null || !client.NeedsKeys || _epoch != client.Job.EpochNumber)
        {
            return null;
        }

        (ClientKeys? opened, KeyRefusedException? refused) = KeyEnrollment.TryOpen(factory, _request, answer);
        if (opened is not null)
        {
            keys.Add(opened);
            files.Keep(opened, _epoch);
            Log.HasKeys(logger, client.Client);
            await link.PostAsync(client.Renew(opened), recipient: null, cancellationToken).ConfigureAwait(false);
        }

        return refused;
    }

    public void Dispose() => _request?.Dispose();
}
