using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics.Tensors;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Randomness;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// A whole round in one process: every client encrypts to bytes, the server folds bytes and writes the aggregate, a client
/// decrypts it; beside it, plaintext averaging and the floor. Everything is warmed up, then timed several times.
/// </summary>
internal sealed class RoundBenchmark : IDisposable
{
    // Enough for the last tier of the just-in-time compiler, which comes after calls and after time.
    private const int WarmUpRuns = 10;
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(3);

    // A scheme that takes seconds for a round makes enough calls in one.
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(20);

    // As in FedHe.MLBridge.
    private const int CiphertextsPerSegment = 64;

    // Results of the vector library's operations on more than 256 KiB go around the cache.
    private const int ValuesPerBlock = 4096;

    private readonly RoundOptions _options;
    private readonly HeContext _context;
    private readonly KeyPair _keys;
    private readonly IEncryptor _encryptor;
    private readonly IDecryptor _decryptor;
    private readonly CompressionBudget _budget;
    private readonly IVectorCompressor? _compressor;
    private readonly RandomizerPool? _pool;
    private readonly float[][] _updates;
    private readonly int _encrypted;
    private readonly int _segmentLength;
    private readonly Floor _floor = new();

    // Kept from run to run, as a host keeps its buffers.
    private readonly ArrayBufferWriter<byte>[] _uploads;
    private readonly ArrayBufferWriter<byte> _download = new();
    private readonly double[] _averages;
    private readonly float[] _plaintextAverage;

    private readonly List<double> _encryptTimes = [];
    private readonly List<double> _foldTimes = [];
    private readonly List<double> _decryptTimes = [];
    private readonly List<double> _plaintextTimes = [];
    private readonly List<double> _floorTimes = [];
    private Measured? _last;

    public RoundBenchmark(RoundOptions options)
    {
        _options = options;
        (IHeScheme scheme, HeParameters parameters) = RoundSchemes.Find(options);
        _context = scheme.CreateContext(parameters, new HeContextOptions { MaxDegreeOfParallelism = options.Threads });
        _keys = _context.GenerateKeyPair();
        _encryptor = _context.CreateEncryptor(options.PublicKey ? _keys.PublicKey : _keys.SecretKey);
        _decryptor = _context.CreateDecryptor(_keys.SecretKey);
        _budget = BudgetOf(parameters, options);
        _compressor = _context.Public.Compressor;
        _encrypted = options.EncryptedCount;
        _pool = (_context as PaillierContext)?.PoolOf(_keys.PublicKey);
        _segmentLength = CiphertextsPerSegment * parameters.ValuesPerCiphertext;
        _uploads = [.. Enumerable.Range(0, options.Clients).Select(_ => new ArrayBufferWriter<byte>())];
        _averages = new double[_encrypted];
        _plaintextAverage = new float[options.Params];
        _updates = [.. Enumerable.Range(0, options.Clients).Select(client => RandomUpdate(options.Params, client))];
    }

    public void WarmUp()
    {
        long start = Stopwatch.GetTimestamp();
        for (int run = 0; IsWarmingUp(run, Stopwatch.GetElapsedTime(start)); run++)
        {
            RunOnce();
            PlaintextAverage();
            _floor.Run(_encrypted);
        }
    }

    private static bool IsWarmingUp(int run, TimeSpan elapsed)
        => elapsed < LongestWarmUp && (run < WarmUpRuns || elapsed < WarmUpTime);

    public void Measure()
    {
        _last = RunOnce();
        _encryptTimes.Add(_last.EncryptMs);
        _foldTimes.Add(_last.FoldMs);
        _decryptTimes.Add(_last.DecryptMs);
        _plaintextTimes.Add(Milliseconds(PlaintextAverage));
        _floorTimes.Add(Milliseconds(() => _floor.Run(_encrypted)));
    }

    /// <summary>The medians of everything that was measured, once or more.</summary>
    public RoundResult Result()
    {
        Measured last = _last ?? throw new InvalidOperationException("Nothing was measured yet.");
        int clear = _options.Params - _encrypted;
        long upload = last.UploadBytes + (sizeof(float) * (long)clear);
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
            EncryptMs = Median(_encryptTimes),
            FoldMs = Median(_foldTimes),
            DecryptMs = Median(_decryptTimes),
            UploadBytes = upload,
            DownloadBytes = download,
            UploadBitsPerValue = 8.0 * upload / _options.Params,
            DownloadBitsPerValue = 8.0 * download / _options.Params,
            MaxAbsError = last.MaxAbsError,
            PromisedError = last.PromisedError,
            PlaintextMs = Median(_plaintextTimes),
            PlaintextBytes = sizeof(float) * (long)_options.Params,
            FloorMs = Median(_floorTimes),
            Selective = _encrypted < _options.Params ? CompareSelective() : null,
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
            && _context.Public.SumForm(upload, _options.Clients) == VectorForm.SeedList;
        return listsSeeds ? "seed-list" : compresses && _options.Download != DownloadForm.Full ? "mod-switched" : "full";
    }

    private Measured RunOnce()
    {
        double encryptMs = 0;
        for (int client = 0; client < _uploads.Length; client++)
        {
            _pool?.Filling.Wait();
            long begin = Stopwatch.GetTimestamp();
            Upload(_updates[client].AsSpan(0, _encrypted), _uploads[client]);
            encryptMs += Stopwatch.GetElapsedTime(begin).TotalMilliseconds / _uploads.Length;
        }

        _pool?.Filling.Wait();
        long start = Stopwatch.GetTimestamp();
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
        destination.ResetWrittenCount();
        double[] values = ArrayPool<double>.Shared.Rent(_segmentLength);
        for (; !update.IsEmpty; update = update[Math.Min(_segmentLength, update.Length)..])
        {
            Span<double> scaled = values.AsSpan(0, Math.Min(_segmentLength, update.Length));
            Scale(update[..scaled.Length], _budget.Gain, scaled);
            using EncryptedVector fresh = _encryptor.Encrypt(scaled, _budget.Gain);
            using EncryptedVector compressed = Compress(fresh, _budget.UploadDeviation);
            WriteSegment(compressed, destination);
        }

        ArrayPool<double>.Shared.Return(values, clearArray: true);
    }

    private static void Scale(ReadOnlySpan<float> values, double factor, Span<double> scaled)
    {
        for (int start = 0; start < values.Length; start += ValuesPerBlock)
        {
            Span<double> block = scaled.Slice(start, Math.Min(ValuesPerBlock, values.Length - start));
            TensorPrimitives.ConvertTruncating(values.Slice(start, block.Length), block);
            TensorPrimitives.Multiply(block, factor, block);
        }
    }

    /// <summary>Client by client, as uploads arrive; then the sums are written.</summary>
    private void Aggregate()
    {
        IAccumulator[] sums = [.. SegmentLengths().Select(_context.Public.Evaluator.CreateAccumulator)];
        foreach (ArrayBufferWriter<byte> upload in _uploads)
        {
            ReadOnlySpan<byte> bytes = upload.WrittenSpan;
            foreach (IAccumulator sum in sums)
            {
                using EncryptedVector vector = ReadSegment(ref bytes);
                sum.Add(vector);
            }
        }

        _download.ResetWrittenCount();
        foreach (IAccumulator sum in sums)
        {
            using EncryptedVector aggregate = sum.Complete();
            WriteDownload(aggregate);
            sum.Dispose();
        }
    }

    private void WriteDownload(EncryptedVector aggregate)
    {
        if (_compressor is null || _options.Download == DownloadForm.SeedList)
        {
            using EncryptedVector small = Compress(aggregate, _budget.DownloadDeviation);
            WriteSegment(small, _download);
            return;
        }

        using EncryptedVector full = _compressor.Expand(aggregate);
        if (_options.Download == DownloadForm.Full)
        {
            WriteSegment(full, _download);
            return;
        }

        using EncryptedVector switched = Compress(full, _budget.DownloadDeviation);
        WriteSegment(switched, _download);
    }

    private double Decrypt()
    {
        double divisor = _budget.Gain * _options.Clients;
        double promisedError = 0;
        double[] sums = ArrayPool<double>.Shared.Rent(_segmentLength);
        Span<double> averages = _averages;
        ReadOnlySpan<byte> bytes = _download.WrittenSpan;
        while (!averages.IsEmpty)
        {
            using EncryptedVector aggregate = ReadSegment(ref bytes);
            Span<double> segment = sums.AsSpan(0, aggregate.Length);
            _decryptor.Decrypt(aggregate, segment);
            TensorPrimitives.Multiply(segment, 1 / divisor, averages);
            promisedError = aggregate.Bound.ErrorBound / divisor;
            averages = averages[segment.Length..];
        }

        ArrayPool<double>.Shared.Return(sums, clearArray: true);
        return promisedError;
    }

    private IEnumerable<int> SegmentLengths()
    {
        for (int start = 0; start < _encrypted; start += _segmentLength)
        {
            yield return Math.Min(_segmentLength, _encrypted - start);
        }
    }

    /// <summary>A segment is the length of its bytes and a vector.</summary>
    private static void WriteSegment(EncryptedVector vector, ArrayBufferWriter<byte> destination)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination.GetSpan(sizeof(int)), vector.EncodedLength);
        destination.Advance(sizeof(int));
        vector.WriteTo(destination);
    }

    private EncryptedVector ReadSegment(ref ReadOnlySpan<byte> bytes)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        EncryptedVector vector = _context.Public.Reader.Read(bytes.Slice(sizeof(int), length), WireLimits.ForLength(_segmentLength));
        bytes = bytes[(sizeof(int) + length)..];
        return vector;
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
        return options.Precision.IsExact || parameters is PaillierParameters
            ? new CompressionBudget(Gain: 1, allowed, allowed)
            : CompressionBudget.For(parameters, options.Clients, bits);
    }

    /// <summary>Hosts choose parameters by the total weight, instead of a gain as here.</summary>
    private SelectiveResult CompareSelective()
    {
        (IHeScheme scheme, HeParameters parameters) = RoundSchemes.Find(_options);
        return SelectiveComparison.Run(
            scheme,
            parameters == CkksParameters.Aggregation ? CkksParameters.ForTotalWeight(_options.Clients) : parameters,
            _updates,
            _options);
    }

    private sealed record Measured(
        double EncryptMs,
        double FoldMs,
        double DecryptMs,
        long UploadBytes,
        long DownloadBytes,
        double MaxAbsError,
        double PromisedError);
}
