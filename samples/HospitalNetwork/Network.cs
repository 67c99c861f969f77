using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace HospitalNetwork;

/// <summary>Starts all parties as processes, kills the server in the middle, and holds the results against each other.</summary>
internal static class Network
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public static async Task<int> RunAsync()
    {
        string root = Directory.CreateTempSubdirectory("hospital-network-").FullName;
        var parties = new List<Process>();
        try
        {
            var folders = new Folders(root, FreePort());
            folders.Make();
            var lasts = new ConcurrentDictionary<string, string>();
            var secondRound = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Process server = Start(parties, Folders.Server, folders.PathOf(Folders.Server), Folders.Server, _ => { });
            Start(parties, Folders.Authority, folders.PathOf(Folders.Authority), Folders.Authority, _ => { });
            List<Process> hospitals =
            [
                .. Folders.Hospitals.Keys.Select(name => Start(parties, "hospital", folders.PathOf(name), name, line =>
                {
                    if (line.StartsWith("round 2", StringComparison.Ordinal))
                    {
                        secondRound.TrySetResult();
                    }

                    if (line.StartsWith(Folders.LastRound, StringComparison.Ordinal))
                    {
                        lasts[name] = line;
                    }
                })),
            ];

            await secondRound.Task.WaitAsync(Longest);
            Console.WriteLine("-- the server is killed");
            server.Kill();
            await server.WaitForExitAsync();
            Start(parties, Folders.Server, folders.PathOf(Folders.Server), Folders.Server, _ => { });
            Console.WriteLine("-- the server has started again");
            await Task.WhenAll(hospitals.Select(hospital => hospital.WaitForExitAsync())).WaitAsync(Longest);

            bool haveLearned = hospitals.All(hospital => hospital.ExitCode == 0);
            bool areOne = lasts.Count == hospitals.Count && lasts.Values.Distinct().Count() == 1;
            Console.WriteLine(haveLearned && areOne
                ? $"All hospitals have the same model: {lasts.Values.First()}"
                : "The hospitals did not end with one model.");
            return haveLearned && areOne ? 0 : 1;
        }
        finally
        {
            foreach (Process party in parties)
            {
                if (!party.HasExited)
                {
                    party.Kill();
                    await party.WaitForExitAsync();
                }

                party.Dispose();
            }

            Directory.Delete(root, recursive: true);
        }
    }

    private static Process Start(List<Process> parties, string role, string folder, string name, Action<string> hear)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        string program = typeof(Network).Assembly.Location;
        string[] arguments = Path.GetFileNameWithoutExtension(start.FileName) == "dotnet" ? [program, role, folder] : [role, folder];
        Array.ForEach(arguments, start.ArgumentList.Add);
        Process party = Process.Start(start)!;
        parties.Add(party);
        party.OutputDataReceived += (_, line) => Hear(line.Data);
        party.ErrorDataReceived += (_, line) => Hear(line.Data);
        party.BeginOutputReadLine();
        party.BeginErrorReadLine();
        return party;

        void Hear(string? line)
        {
            if (line is not null)
            {
                Console.WriteLine($"{name}: {line}");
                hear(line);
            }
        }
    }

    /// <summary>Finds a port that is free, which the server and its successor then use.</summary>
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
