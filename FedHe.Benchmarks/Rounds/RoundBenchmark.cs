using System.Buffers;
using System.Diagnostics;
using System.Numerics.Tensors;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Plain;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// A whole round in one process: every client encrypts to bytes, the server folds bytes and writes the aggregate, a client
/// decrypts it; beside it, plaintext averaging and the floor. Everything is warmed up, then timed several times.
/// </summary>
internal sealed class RoundBenchmark : IDisposable
{
    // Enough for the last tier of the just-in-time compiler.
    private const int WarmUpRuns = 10;

    private readonly RoundOptions _options;
    private readonly HeContext _context;
    private readonly KeyPair _keys;
    private readonly IEncryptor _encryptor;
    private readonly IDecryptor _decryptor;
    private readonly CompressionBudget _budget;
    private readonly IVectorCompressor? _compressor;
    private readonly float[][] _updates;
    private readonly int _encrypted;
    private readonly Floor _floor = new();

    // Kept from run to run, as a host keeps its buffers.
    private readonly ArrayBufferWriter<byte>[] _uploads;
    private readonly ArrayBufferWriter<byte> _download = new();
    private readonly double[] _averages;
    private readonly float[] _plaintextAverage;

    public RoundBenchmark(RoundOptions options)
    {
        _options = options;
        (IHeScheme scheme, HeParameters parameters) = SchemeOf(options);
        _context = scheme.CreateContext(parameters, new HeContextOptions { MaxDegreeOfParallelism = options.Threads });
        _keys = _context.GenerateKeyPair();
        _encryptor = _context.CreateEncryptor(options.PublicKey ? _keys.PublicKey : _keys.SecretKey);
        _decryptor = _context.CreateDecryptor(_keys.SecretKey);
        _budget = BudgetOf(parameters, options);
        _compressor = _context.Evaluator as IVectorCompressor;
        _encrypted = Math.Max(1, (int)Math.Round(options.MaskRatio * options.Params));
        _uploads = [.. Enumerable.Range(0, options.Clients).Select(_ => new ArrayBufferWriter<byte>())];
        _averages = new double[_encrypted];
        _plaintextAverage = new float[options.Params];
        _updates = [.. Enumerable.Range(0, options.Clients).Select(client => RandomUpdate(options.Params, client))];
    }

    public RoundResult Run()
    {
        var encrypt = new List<double>();
        var fold = new List<double>();
        var decrypt = new List<double>();
        var plaintext = new List<double>();
        var floor = new List<double>();
        Measured? last = null;
        for (int run = -WarmUpRuns; run < _options.Runs; run++)
        {
            last = RunOnce();
            if (run >= 0)
            {
                encrypt.Add(last.EncryptMs);
                fold.Add(last.FoldMs);
                decrypt.Add(last.DecryptMs);
                plaintext.Add(Milliseconds(PlaintextAverage));
                floor.Add(Milliseconds(() => _floor.Run(_encrypted)));
            }
        }

        int clear = _options.Params - _encrypted;
        long upload = last!.UploadBytes + (sizeof(float) * (long)clear);
        long download = last.DownloadBytes + (sizeof(float) * (long)clear);
        return new RoundResult
        {
            Scheme = _options.Scheme,
            Params = _options.Params,
            Clients = _options.Clients,
            Threads = _options.Threads,
            MaskRatio = _options.MaskRatio,
            Precision = _options.Precision.Name,
            Download = DownloadName(),
            PublicKey = _options.PublicKey,
            EncryptMs = Median(encrypt),
            FoldMs = Median(fold),
            DecryptMs = Median(decrypt),
            UploadBytes = upload,
            DownloadBytes = download,
            UploadBitsPerValue = 8.0 * upload / _options.Params,
            DownloadBitsPerValue = 8.0 * download / _options.Params,
            MaxAbsError = last.MaxAbsError,
            PromisedError = last.PromisedError,
            PlaintextMs = Median(plaintext),
            PlaintextBytes = sizeof(float) * (long)_options.Params,
            FloorMs = Median(floor),
            Cpu = Machine.CpuName,
            Commit = Machine.Commit,
        };
    }

    public void Dispose()
    {
        _floor.Dispose();
        _keys.Dispose();
        _context.Dispose();
    }

    /// <summary>The form that really travelled: without seeds there is no list of them, and without compression nothing is switched.</summary>
    private string DownloadName()
    {
        bool compresses = _options.Precision.Bits > 0 && _compressor is not null && _context.Parameters is CkksParameters { Moduli.Length: 1 };
        VectorForm upload = _options.PublicKey ? VectorForm.Full : VectorForm.Seeded;
        bool listsSeeds = _options.Download == DownloadForm.SeedList
            && _context.SumForm(upload, _options.Clients) == VectorForm.SeedList;
        return listsSeeds ? "seed-list" : compresses && _options.Download != DownloadForm.Full ? "mod-switched" : "full";
    }

    private Measured RunOnce()
    {
        long start = Stopwatch.GetTimestamp();
        for (int client = 0; client < _uploads.Length; client++)
        {
            Upload(_updates[client].AsSpan(0, _encrypted), _uploads[client]);
        }

        double encryptMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds / _uploads.Length;
        start = Stopwatch.GetTimestamp();
        Aggregate();
        double foldMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds / _uploads.Length;
        start = Stopwatch.GetTimestamp();
        double promisedError = Decrypt();
        double decryptMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return new Measured(
            encryptMs,
            foldMs,
            decryptMs,
            _uploads[0].WrittenCount,
            _download.WrittenCount,
            LargestError(_averages),
            promisedError);
    }

    private void Upload(ReadOnlySpan<float> update, ArrayBufferWriter<byte> destination)
    {
        double[] values = ArrayPool<double>.Shared.Rent(update.Length);
        Span<double> scaled = values.AsSpan(0, update.Length);
        TensorPrimitives.ConvertChecked(update, scaled);
        TensorPrimitives.Multiply(scaled, _budget.Gain, scaled);
        using EncryptedVector fresh = _encryptor.Encrypt(scaled, _budget.Gain);
        ArrayPool<double>.Shared.Return(values, clearArray: true);
        using EncryptedVector compressed = Compress(fresh, _budget.UploadDeviation);
        Write(compressed, destination);
    }

    private void Aggregate()
    {
        using IEncryptedAccumulator sum = _context.Evaluator.CreateAccumulator(_encrypted);
        foreach (ArrayBufferWriter<byte> upload in _uploads)
        {
            using EncryptedVector vector = _context.Reader.Read(upload.WrittenSpan, WireLimits.ForLength(_encrypted));
            sum.Add(vector);
        }

        using EncryptedVector aggregate = sum.Complete();
        if (_compressor is null || _options.Download == DownloadForm.SeedList)
        {
            using EncryptedVector small = Compress(aggregate, _budget.DownloadDeviation);
            Write(small, _download);
            return;
        }

        using EncryptedVector full = _compressor.Expand(aggregate);
        if (_options.Download == DownloadForm.Full)
        {
            Write(full, _download);
            return;
        }

        using EncryptedVector switched = Compress(full, _budget.DownloadDeviation);
        Write(switched, _download);
    }

    private double Decrypt()
    {
        using EncryptedVector aggregate = _context.Reader.Read(_download.WrittenSpan, WireLimits.ForLength(_encrypted));
        _decryptor.Decrypt(aggregate, _averages);
        double divisor = _budget.Gain * _options.Clients;
        TensorPrimitives.Multiply(_averages, 1 / divisor, _averages);
        return aggregate.Bound.ErrorBound / divisor;
    }

    private EncryptedVector Compress(EncryptedVector vector, double deviation)
        => _options.Precision.Bits > 0 && _compressor is not null ? _compressor.Compress(vector, deviation) : vector;

    private void PlaintextAverage()
    {
        _plaintextAverage.AsSpan().Clear();
        foreach (float[] update in _updates)
        {
            TensorPrimitives.MultiplyAdd(update, 1f / _options.Clients, _plaintextAverage, _plaintextAverage);
        }
    }

    private double LargestError(double[] averages)
    {
        double largest = 0;
        for (int i = 0; i < averages.Length; i++)
        {
            double exact = 0;
            foreach (float[] update in _updates)
            {
                exact += update[i];
            }

            largest = Math.Max(largest, Math.Abs(averages[i] - (exact / _options.Clients)));
        }

        return largest;
    }

    private static float[] RandomUpdate(int length, int seed)
    {
        var random = new Random(seed);
        var update = new float[length];
        for (int i = 0; i < length; i++)
        {
            update[i] = (2 * random.NextSingle()) - 1;
        }

        return update;
    }

    private static void Write(EncryptedVector vector, ArrayBufferWriter<byte> destination)
    {
        destination.ResetWrittenCount();
        vector.WriteTo(destination);
    }

    private static double Milliseconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(List<double> samples)
    {
        samples.Sort();
        return samples[samples.Count / 2];
    }

    /// <summary>Exact integers have a step of their own, and leave out what was planned, whatever is allowed.</summary>
    private static CompressionBudget BudgetOf(HeParameters parameters, RoundOptions options)
    {
        int bits = Math.Max(1, options.Precision.Bits);
        double allowed = Math.ScaleB(1, -bits);
        return options.Precision.IsExact
            ? new CompressionBudget(Gain: 1, allowed, allowed)
            : CompressionBudget.For(parameters, options.Clients, bits);
    }

    private static CkksTraffic TrafficOf(RoundOptions options) => options switch
    {
        { PublicKey: true } => CkksTraffic.PublicKey,
        { Download: DownloadForm.SeedList } => CkksTraffic.SeedLists,
        _ => CkksTraffic.FullSums,
    };

    private static (IHeScheme Scheme, HeParameters Parameters) SchemeOf(RoundOptions options) => options.Scheme switch
    {
        "ckks" when options.Precision.IsExact => (
            new CkksScheme(), CkksParameters.ForExactIntegers(options.Precision.Bits, options.Clients, TrafficOf(options))),
        "ckks" => (new CkksScheme(), CkksParameters.Aggregation),
        "ckks-paper" => (new CkksScheme(), CkksParameters.PaperDefault),
        "plain-insecure" => (new InsecurePlainScheme(), InsecurePlainParameters.Default),
        _ => throw new ArgumentException($"There is no scheme '{options.Scheme}'.", nameof(options)),
    };

    private sealed record Measured(
        double EncryptMs,
        double FoldMs,
        double DecryptMs,
        long UploadBytes,
        long DownloadBytes,
        double MaxAbsError,
        double PromisedError);
}
