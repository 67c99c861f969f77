using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HospitalNetwork;

/// <summary>Starts all parties as processes, kills the server in the middle, and holds the results against each other.</summary>
internal static class Network
{
    private static readonly string[] Hospitals = ["east", "north", "south", "west"];
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private static readonly int[] Kills = [2, 4];

    public static async Task<int> RunAsync(string? database)
    {
        string root = Directory.CreateTempSubdirectory("hospital-network-").FullName;
        var parties = new List<Process>();
        try
        {
            string kits = Path.Combine(root, "kits");
            await ProvisionAsync(root, kits);
            var lasts = new ConcurrentDictionary<string, string>();
            var rounds = Kills.ToDictionary(round => round, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            Process server = Start(parties, "server", Path.Combine(kits, "server"), _ => { }, database);
            Start(parties, "authority", Path.Combine(kits, "authority"), _ => { });
            List<Process> hospitals =
            [
                .. Hospitals.Select(name => Start(parties, "hospital", Path.Combine(kits, name), line =>
                {
                    foreach ((int round, TaskCompletionSource begun) in rounds)
                    {
                        if (line.StartsWith(FormattableString.Invariant($"round {round}"), StringComparison.Ordinal))
                        {
                            begun.TrySetResult();
                        }
                    }

                    if (line.StartsWith(Roles.LastRound, StringComparison.Ordinal))
                    {
                        lasts[name] = line;
                    }
                })),
            ];

            foreach (int round in Kills)
            {
                await rounds[round].Task.WaitAsync(Longest);
                Console.WriteLine($"-- the server is killed in round {round}");
                server.Kill();
                await server.WaitForExitAsync();
                server = Start(parties, "server", Path.Combine(kits, "server"), _ => { }, database);
                Console.WriteLine("-- the server has started again");
            }

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

    /// <summary>Makes the kits of all parties with the command <c>fedhe</c>, which lies beside this program.</summary>
    private static async Task ProvisionAsync(string root, string kits)
    {
        string project = Path.Combine(root, "project.yaml");
        string text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "project.yaml"));
        await File.WriteAllTextAsync(project, text.Replace("8443", FreePort().ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        using Process provision = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "FedHe.Tool.dll"), "provision", project, "-o", kits]))!;
        await provision.WaitForExitAsync();
        if (provision.ExitCode != 0)
        {
            throw new InvalidOperationException("The kits could not be made.");
        }
    }

    private static Process Start(List<Process> parties, string role, string kit, Action<string> hear, string? database = null)
    {
        string name = Path.GetFileName(kit);
        var start = new ProcessStartInfo(Environment.ProcessPath!) { WorkingDirectory = kit, RedirectStandardOutput = true, RedirectStandardError = true };
        string program = typeof(Network).Assembly.Location;
        string[] arguments = Path.GetFileNameWithoutExtension(start.FileName) == "dotnet" ? [program, role] : [role];
        Array.ForEach(arguments, start.ArgumentList.Add);
        start.Environment["Logging__LogLevel__FedHe"] = "Warning";
        start.Environment["Logging__Console__FormatterName"] = "simple";
        start.Environment["Logging__Console__FormatterOptions__SingleLine"] = "true";
        if (database is not null)
        {
            start.Environment["ConnectionStrings__FedHe"] = database;
        }

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
