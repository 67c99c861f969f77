using System.Diagnostics;
using System.Globalization;
using FedHe.Crypto.Ciphertexts;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Scale;

/// <summary>
/// The mode of files runs a round of one model of any size, of bfloat16 values that are generated when they are read: each client's update is one file, which a
/// server in a process of its own folds into a sum in a file, and which is then deleted. The aggregate is one file too. With kills the server ends by SIGKILL in the
/// middle of every update, and another one goes on.
/// </summary>
internal sealed class FileScale
{
    // More of an update than becomes durable at once.
    private const long SomeBatches = 48 << 20;

    private readonly ScaleOptions _options;
    private readonly string _folder;
    private readonly bool _kills;
    private readonly PhaseClock _clock = new();
    private long _serverPeak;
    private long _diskPeak;
    private int _killed;
    private int _resumed;
    private long _lastLook;

    private FileScale(ScaleOptions options, string folder, bool kills)
    {
        _options = options;
        _folder = folder;
        _kills = kills;
    }

    /// <summary>Runs a round.</summary>
    /// <param name="options">The options.</param>
    /// <param name="folder">The folder of the files, which is created, and must not have files of another round.</param>
    /// <param name="kills">Whether servers are killed.</param>
    public static ScaleResult Run(ScaleOptions options, string folder, bool kills)
    {
        Directory.CreateDirectory(folder);
        if (Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new InvalidOperationException("The folder of the round must be empty.");
        }

        return new FileScale(options, folder, kills).Run();
    }

    private ScaleResult Run()
    {
        using var watch = new MemoryWatch();
        using var parties = ScaleParties.Create(_options);
        AggregationTerms terms = parties.TermsOf(_options.Params, ElementType.BFloat16);
        var plan = AggregationPlan.Create(
            parties.Public, terms, _options.Clients, Enumerable.Range(0, _options.Clients).Sum(GeneratedValues.WeightOf), VectorForm.Seeded, requiredPrecisionBits: 0);
        long uploadBytes = 0;
        for (int client = 0; client < _options.Clients; client++)
        {
            uploadBytes = Encrypt(parties, terms, client);
            FoldIn(client, uploadBytes);
            File.Delete(ScaleServer.UpdateIn(_folder, client));
        }

        _clock.DoComplete(() => Serve(client: null, killAt: null));
        File.Delete(ScaleServer.SumIn(_folder));
        long downloadBytes = new FileInfo(ScaleServer.AggregateIn(_folder)).Length;
        var check = new ErrorCheck(_options.Clients, offset: 0, ElementType.BFloat16);
        double promised = Decrypt(parties, terms, check);
        File.Delete(ScaleServer.AggregateIn(_folder));
        return ScaleReport.Of(_options, "files", _clock, check.LargestError, promised) with
        {
            UploadBytes = uploadBytes,
            DownloadBytes = downloadBytes,
            PlannedUploadBytes = UpdateEncryptor.EncodedLength(parties.Public, terms, VectorForm.Seeded, ScaleParties.SlotOf(0)),
            PlannedDownloadBytes = plan.DownloadBytes,
            AggregateInMemory = parties.SumInBytes(terms),
            ManagedPeak = watch.ManagedPeakInBytes,
            FoldPeak = _serverPeak,
            ServerPeak = _serverPeak,
            ProcessPeak = MemoryWatch.ResidentPeakInBytes,
            DiskPeak = _diskPeak,
            Kills = _killed,
            Resumes = _resumed,
        };
    }

    private long Encrypt(ScaleParties parties, AggregationTerms terms, int client)
    {
        var model = new GeneratedModel(terms.Layout, client, offset: 0);
        using var file = new FileStream(ScaleServer.UpdateIn(_folder, client), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        _clock.DoEncrypt(
            () => parties.CreateEncryptor(terms).Write(model, GeneratedValues.WeightOf(client), ScaleParties.SlotOf(client), file),
            () => model.Elapsed);
        return file.Length;
    }

    private void FoldIn(int client, long length) => _clock.DoFold(() =>
    {
        // The server reads an update once to check it, and a second time to fold it in.
        if (_kills)
        {
            Serve(client, killAt: length + Math.Max(length / 2, Math.Min(length / 10 * 9, SomeBatches)));
            _killed++;
        }

        Serve(client, killAt: null);
    });

    private double Decrypt(ScaleParties parties, AggregationTerms terms, ErrorCheck check)
    {
        double promised = 0;
        using var file = new FileStream(ScaleServer.AggregateIn(_folder), new FileStreamOptions { BufferSize = 0 });
        _clock.DoDecrypt(
            () =>
            {
                using EncryptedAggregate aggregate = parties.AggregateReaderOf(terms).Read(file);
                promised = parties.CreateDecryptor(terms).Decrypt(aggregate, check).ErrorBounds.Max();
            },
            () => check.Elapsed);

        // The bound has the rounding to bfloat16, which the averages here were not subject to.
        return promised - FloatingFormat.RoundingError(ElementType.BFloat16, 1);
    }

    /// <summary>Runs a server to its end, or kills it when it has read so much.</summary>
    private void Serve(int? client, long? killAt)
    {
        string own = Environment.ProcessPath!;
        bool isShared = Path.GetFileNameWithoutExtension(own) == "dotnet";
        string[] arguments = ScaleServer.ArgumentsOf(_options, _folder, client, killAt ?? long.MaxValue);
        using Process process = Process.Start(
            new ProcessStartInfo(own, isShared ? [typeof(ScaleServer).Assembly.Location, .. arguments] : arguments) { RedirectStandardOutput = true })!;
        bool isKilled = false;
        while (process.StandardOutput.ReadLine() is string line)
        {
            LookAtDisk();
            if (line.StartsWith(ScaleServer.Peak, StringComparison.Ordinal))
            {
                _serverPeak = Math.Max(_serverPeak, NumberOf(line, ScaleServer.Peak));
            }
            else if (line == ScaleServer.Waits)
            {
                process.Kill();
                isKilled = true;
            }
            else if (line == ScaleServer.Resumed)
            {
                _resumed++;
            }
        }

        process.WaitForExit();
        if (killAt is null ? process.ExitCode != 0 : !isKilled)
        {
            throw new InvalidOperationException(killAt is null ? "The server failed." : "The server ended before it was killed.");
        }
    }

    /// <summary>Adds up what the files take on the disk; a sum has holes.</summary>
    private void LookAtDisk()
    {
        if (_lastLook != 0 && Stopwatch.GetElapsedTime(_lastLook) < TimeSpan.FromSeconds(1))
        {
            return;
        }

        _lastLook = Stopwatch.GetTimestamp();
        long update = Directory.EnumerateFiles(_folder).Where(path => path != ScaleServer.SumIn(_folder)).Sum(path => new FileInfo(path).Length);
        _diskPeak = Math.Max(_diskPeak, update + AllocatedOf(ScaleServer.SumIn(_folder)));
    }

    private static long AllocatedOf(string path)
    {
        if (!File.Exists(path) || !File.Exists("/usr/bin/du"))
        {
            return File.Exists(path) ? new FileInfo(path).Length : 0;
        }

        using Process process = Process.Start(new ProcessStartInfo("/usr/bin/du", ["-B1", path]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return long.Parse(output[..output.IndexOf('\t', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
    }

    private static long NumberOf(string line, string before) => long.Parse(line.AsSpan(before.Length), CultureInfo.InvariantCulture);
}
