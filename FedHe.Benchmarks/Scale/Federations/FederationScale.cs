using System.Diagnostics;
using System.Globalization;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Planning;

namespace FedHe.Benchmarks.Scale.Federations;

/// <summary>
/// The mode of a federation runs a round of a job with round keys over one model of any size, of bfloat16 values that are generated when they are read: a <c>FederationServer</c> with its sums in files, and
/// clients with their models in files, each in a process of its own, the clients one after the other. The server reads a client's upload where it lies, and a client the aggregate at the server, so nothing
/// is on the disk twice. With kills the server ends by SIGKILL in the middle of an upload, and a client in the middle of an encryption and of an aggregate, and others go on.
/// </summary>
internal sealed class FederationScale
{
    private const double Never = double.MaxValue;

    private readonly ScaleOptions _options;
    private readonly FederationPlaces _places;
    private readonly bool _kills;
    private readonly PhaseClock _clock = new();
    private Process? _server;
    private int _port;
    private long _serverPeak;
    private long _clientPeak;
    private long _diskPeak;
    private long _lastLook;
    private int _killed;
    private int _resumed;
    private long _upload;
    private long _download;
    private double _error;
    private double _promised;

    private FederationScale(ScaleOptions options, string folder, bool kills)
    {
        _options = options;
        _places = new FederationPlaces(folder);
        _kills = kills;
    }

    /// <summary>Runs a round.</summary>
    /// <param name="options">The options.</param>
    /// <param name="folder">The folder of the files, which is created, and must not have files of another round.</param>
    /// <param name="kills">Whether processes are killed.</param>
    public static ScaleResult Run(ScaleOptions options, string folder, bool kills)
    {
        Directory.CreateDirectory(folder);
        if (Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new InvalidOperationException("The folder of the round must be empty.");
        }

        return new FederationScale(options, folder, kills).RunAsync().GetAwaiter().GetResult();
    }

    private async Task<ScaleResult> RunAsync()
    {
        using var watch = new MemoryWatch();
        FederationJob job = await _places.CreateAsync(_options);
        using HeContext context = FederationPlaces.CreateContext(_options.Threads);
        FederationPlan plan = FederationPlan.Create(job, context.Public);
        StartServer((long)(1.5 * plan.LargestUploadBytes));
        try
        {
            // A round begins when all clients are there, and none is there longer than it takes to say so.
            for (int client = 0; client < _options.Clients; client++)
            {
                RunClient(client, Never);
            }

            for (int client = 0; client < _options.Clients; client++)
            {
                int own = client;
                _clock.DoEncrypt(() => RunToEnd(own, killAt: 2.5), () => TimeSpan.Zero);
            }

            for (int client = 0; client < _options.Clients; client++)
            {
                int own = client;
                _clock.DoDecrypt(() => RunToEnd(own, killAt: 2.2), () => TimeSpan.Zero);
                Directory.Delete(_places.FilesOf(client), recursive: true);
            }
        }
        finally
        {
            _server!.Kill();
            _server.WaitForExit();
        }

        return ScaleReport.Of(_options, "federation", _clock, _error, _promised) with
        {
            UploadBytes = _upload,
            DownloadBytes = _download,
            PlannedUploadBytes = plan.LargestUploadBytes,
            PlannedDownloadBytes = plan.LargestAggregateBytes,

            // Plans are for round keys in their longest form and for names of the greatest length.
            PlanSlack = 4096 + context.Public.EncodedLength(job.RoundKeyParameters!.Degree, VectorForm.Full),
            AggregateInMemory = ModelBytes,
            ManagedPeak = watch.ManagedPeakInBytes,
            FoldPeak = _serverPeak,
            ServerPeak = _serverPeak,
            ClientPeak = _clientPeak,
            ProcessPeak = Math.Max(_clientPeak, _serverPeak),
            DiskPeak = _diskPeak,
            Kills = _killed,
            Resumes = _resumed,
        };
    }

    private long ModelBytes => MLBridge.ModelFiles.ModelFile.LengthOf(ScaleParties.LayoutOf(_options.Params, ElementType.BFloat16));

    /// <summary>Runs a client until it has handled all that waits for it; the first one is killed before, and the server too if it waits for that.</summary>
    private void RunToEnd(int client, double killAt)
    {
        if (_kills && client == 0)
        {
            RunClient(client, killAt);
        }

        while (!RunClient(client, Never))
        {
            // The server was killed under it.
        }
    }

    /// <summary>Runs a client, and returns whether it came to its end.</summary>
    private bool RunClient(int client, double killAt)
    {
        using Process process = StartProcess([
            FederationScaleClient.Argument, _places.Folder, Text(client), Text(_options.Threads), Text(_port), killAt.ToString(CultureInfo.InvariantCulture)]);
        bool isKilled = false;
        while (process.StandardOutput.ReadLine() is string line)
        {
            LookAtDisk();
            if (line == ScaleServer.Waits)
            {
                process.Kill();
                isKilled = true;
            }
            else
            {
                Note(line, ref _clientPeak);
            }
        }

        process.WaitForExit();
        bool isServerGone = _server is { HasExited: true };
        if (isServerGone)
        {
            StartServer(long.MaxValue);
        }

        if (isKilled || isServerGone)
        {
            _killed++;
            _resumed++;
            return false;
        }

        return process.ExitCode == 0 ? true : throw new InvalidOperationException($"Client {client} failed.");
    }

    private void StartServer(long waitAt)
    {
        _server = StartProcess([FederationScaleServer.Argument, _places.Folder, Text(_options.Clients), Text(_options.Threads), Text(_kills ? waitAt : long.MaxValue)]);
        Process server = _server;
        string first = server.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The server did not start.");
        _port = int.Parse(first.AsSpan(FederationScaleServer.Port.Length), CultureInfo.InvariantCulture);
        _ = Task.Run(() =>
        {
            while (server.StandardOutput.ReadLine() is string line)
            {
                if (line == ScaleServer.Waits)
                {
                    server.Kill();
                }

                Note(line, ref _serverPeak);
            }
        });
    }

    private void Note(string line, ref long peak)
    {
        if (line.StartsWith(ScaleServer.Peak, StringComparison.Ordinal))
        {
            peak = Math.Max(peak, NumberOf(line, ScaleServer.Peak));
        }
        else if (line.StartsWith(FederationScaleClient.Upload, StringComparison.Ordinal))
        {
            _upload = NumberOf(line, FederationScaleClient.Upload);
        }
        else if (line.StartsWith(FederationScaleClient.Download, StringComparison.Ordinal))
        {
            _download = NumberOf(line, FederationScaleClient.Download);
        }
        else if (line.StartsWith(FederationScaleClient.Error, StringComparison.Ordinal))
        {
            double[] errors = [.. line[FederationScaleClient.Error.Length..].Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
            (_error, _promised) = (Math.Max(_error, errors[0]), errors[1]);
        }
    }

    private static Process StartProcess(string[] arguments)
    {
        string own = Environment.ProcessPath!;
        bool isShared = Path.GetFileNameWithoutExtension(own) == "dotnet";
        return Process.Start(
            new ProcessStartInfo(own, isShared ? [typeof(FederationScale).Assembly.Location, .. arguments] : arguments) { RedirectStandardOutput = true })!;
    }

    /// <summary>Adds up what the files take on the disk; a sum has holes.</summary>
    private void LookAtDisk()
    {
        if (!File.Exists("/usr/bin/du") || (_lastLook != 0 && Stopwatch.GetElapsedTime(_lastLook) < TimeSpan.FromSeconds(1)))
        {
            return;
        }

        _lastLook = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo("/usr/bin/du", ["-s", "-B1", _places.Folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        int end = output.IndexOf('\t', StringComparison.Ordinal);
        _diskPeak = Math.Max(_diskPeak, end < 0 ? 0 : long.Parse(output[..end], CultureInfo.InvariantCulture));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long NumberOf(string line, string before) => long.Parse(line.AsSpan(before.Length), CultureInfo.InvariantCulture);
}
