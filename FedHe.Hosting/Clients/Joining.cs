using FedHe.Hosting.Connections;
using FedHe.Hosting.Diagnostics;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Parties;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Clients;

/// <summary>This class follows the epochs of a job up to the latest one, for a client that was not on the roster when the job was described.</summary>
/// <remarks>
/// The server lets the client in when an epoch names it. Certificates prove themselves, so the client needs no other source.
/// </remarks>
internal static class Joining
{
    public static async Task WaitAsync(ClientFiles files, ServerLink link, FedHePartyOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        bool isSaid = false;
        while (true)
        {
            if (await TryGetAsync(files, link, cancellationToken).ConfigureAwait(false) is byte[] certificate)
            {
                files.Enter(certificate);
                continue;
            }

            if (files.IsOnRoster)
            {
                return;
            }

            if (!isSaid)
            {
                Log.WaitingToJoin(logger, files.Identity.Client);
                isSaid = true;
            }

            await Task.Delay(options.LastRetry, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<byte[]?> TryGetAsync(ClientFiles files, ServerLink link, CancellationToken cancellationToken)
    {
        try
        {
            return await link.TryGetCertificateAsync(files.Epochs.Number + 1, cancellationToken).ConfigureAwait(false);
        }
        catch (HostingException refused) when (refused.Error == HostingError.NotAuthorized)
        {
            // Nothing tells a party that no epoch names yet from one whose pin is missing.
            return null;
        }
    }
}
