using System.Diagnostics;
using FedHe.Benchmarks.Scale;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;

namespace FedHe.Benchmarks.Hosts;

/// <summary>A hosted round begins with the start of the server's process, and ends when all clients have the same model.</summary>
internal static class HostedRound
{
    public static async Task<HostsResult> RunAsync(HostsFederation federation, CancellationToken cancellationToken)
    {
        using ServerProcess server = await ServerProcess.StartAsync(federation.Folder, cancellationToken).ConfigureAwait(false);
        using var processors = new SemaphoreSlim(Environment.ProcessorCount);
        var clients = new List<HostedClient>();
        try
        {
            foreach (int number in Enumerable.Range(0, federation.Identities.Count))
            {
                ClientKeys keys = await federation.RequestKeysAsync(federation.Identities[number]).ConfigureAwait(false);
                clients.Add(new HostedClient(federation, number, keys, server.Address, processors));
            }

            long idlePeak = server.PeakInBytes;
            long writtenBefore = server.WrittenBytes;
            long logBefore = federation.Database?.LogBytes ?? 0;
            long began = Stopwatch.GetTimestamp();
            using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAll(clients.Select(client => RunAsync(client, failed))).ConfigureAwait(false);
            TimeSpan wall = Stopwatch.GetElapsedTime(began);
            double[] times = [.. clients.Select(client => client.UploadTime.TotalMilliseconds).Order()];
            TimeSpan uploading = Stopwatch.GetElapsedTime(clients.Min(client => client.Upload.From), clients.Max(client => client.Upload.To));
            AuditReport audit = AuditLog.Verify(federation.ReadAuditLog(), federation.Job);
            string[] accepted = [.. audit.Entries.Where(entry => entry.Kind == AuditKind.UploadAccepted).Select(entry => entry.Find("client")!)];
            return new HostsResult
            {
                Keys = federation.Job.Committee is null ? "authority" : "committee",
                Clients = clients.Count,
                Params = federation.Initial.Layout.ParameterCount,
                UploadBytes = clients[0].UploadLength,
                UploadMs = times[times.Length / 2],
                SlowestUploadMs = times[^1],
                UploadingMs = uploading.TotalMilliseconds,
                WallMs = wall.TotalMilliseconds,
                ServerProcessorMs = server.ProcessorTime.TotalMilliseconds,
                Store = federation.Database is null ? "folder" : "postgresql",
                WrittenBytes = server.WrittenBytes - writtenBefore,
                DatabaseLogBytes = (federation.Database?.LogBytes ?? 0) - logBefore,
                ReceivedBytes = clients.Sum(client => (long)client.UploadLength),
                SentBytes = clients.Sum(client => client.Received),
                Retries = clients.Sum(client => client.Retries),
                IdlePeak = idlePeak,
                ServerPeak = server.PeakInBytes,
                ClientsPeak = MemoryWatch.ResidentPeakInBytes,
                AcceptedUploads = accepted.Length,
                AcceptedClients = accepted.Distinct(StringComparer.Ordinal).Count(),
                Models = clients.Select(client => FederationJob.DigestOf(client.State.GlobalModel)).Distinct().Count(),
                MaxAbsError = ErrorOf(clients[0].State.GlobalModel, clients.Count),
                PromisedError = clients[0].State.LatestAverage!.MaxErrorBound,
                IsAuditIntact = audit.IsIntact,
                Cpu = Machine.CpuName,
                Processors = Environment.ProcessorCount,
                Commit = Machine.Commit,
            };
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    /// <summary>Runs a client, and ends the others where it fails.</summary>
    private static async Task RunAsync(HostedClient client, CancellationTokenSource failed)
    {
        try
        {
            await client.RunAsync(failed.Token).ConfigureAwait(false);
        }
        catch
        {
            await failed.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Compares a model with the average of all models, each counted once.</summary>
    private static double ErrorOf(ModelParameters model, int clients)
    {
        ReadOnlySpan<float> values = model.Get<float>("weights");
        double total = Enumerable.Range(0, clients).Sum(HostedClient.SamplesOf);
        double largest = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double sum = 0;
            for (int client = 0; client < clients; client++)
            {
                sum += HostedClient.SamplesOf(client) * (double)HostedClient.ValueOf(client, i);
            }

            largest = Math.Max(largest, Math.Abs((sum / total) - values[i]));
        }

        return largest;
    }
}
