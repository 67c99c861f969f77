using System.Runtime.ExceptionServices;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// Randomness of ciphertexts, computed in the background up to a bound. Each is handed out once: it is zeroed here in the
/// same step, since two ciphertexts with the same randomness give away the difference of their messages. Thread-safe.
/// </summary>
/// <remarks>
/// A background task runs only while the pool is not full. When it fails, whoever takes next hears of it, and the task
/// after that starts anew.
/// </remarks>
internal sealed class RandomizerPool : IDisposable
{
    // Few enough that disposing does not wait long, as many as the widest arithmetic works on at once.
    private const int PerStep = 8;

    private readonly Lock _gate = new();
    private readonly Func<PaillierRandomizers> _source;
    private readonly int _length;
    private readonly byte[] _ready;
    private Task _filling = Task.CompletedTask;
    private ExceptionDispatchInfo? _failure;
    private int _count;
    private bool _isFilling;
    private bool _isDisposed;

    /// <summary>Creates a pool, which begins to fill.</summary>
    /// <param name="source">Where randomness comes from; asked in the background, because it may compute tables first.</param>
    /// <param name="capacity">Most randomizers that lie ready.</param>
    /// <param name="length">Length of one in bytes.</param>
    public RandomizerPool(Func<PaillierRandomizers> source, int capacity, int length)
    {
        _source = source;
        _length = length;
        _ready = SecretMemory.Allocate<byte>(checked(capacity * length));
        lock (_gate)
        {
            FillFurther();
        }
    }

    ~RandomizerPool() => SecretMemory.Zero<byte>(_ready);

    /// <summary>How many lie ready.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    public int Capacity => _ready.Length / _length;

    /// <summary>Whether nothing but zeros is in its memory; for tests.</summary>
    public bool IsZeroed => _ready.AsSpan().IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Ends when the background task that is underway has ended, because the pool is full or because it failed.</summary>
    public Task Filling
    {
        get
        {
            lock (_gate)
            {
                return _filling;
            }
        }
    }

    /// <summary>
    /// Moves what there is out of the pool, and lets it fill up again. A disposed pool has nothing.
    /// </summary>
    /// <param name="randomizers">Receives whole randomizers at its beginning.</param>
    /// <returns>How many it received.</returns>
    public int Take(Span<byte> randomizers)
    {
        lock (_gate)
        {
            if (_failure is ExceptionDispatchInfo failure)
            {
                _failure = null;
                failure.Throw();
            }

            int taken = Math.Min(_count, randomizers.Length / _length);
            Span<byte> part = _ready.AsSpan((_count - taken) * _length, taken * _length);
            part.CopyTo(randomizers);
            SecretMemory.Zero(part);
            _count -= taken;
            FillFurther();
            return taken;
        }
    }

    /// <summary>Stops filling, waits until it has stopped, and zeroes what is left.</summary>
    public void Dispose()
    {
        Task filling;
        lock (_gate)
        {
            _isDisposed = true;
            _count = 0;
            SecretMemory.Zero<byte>(_ready);
            filling = _filling;
        }

        filling.Wait();
        GC.SuppressFinalize(this);
    }

    private void FillFurther()
    {
        if (!_isDisposed && !_isFilling && _count < Capacity)
        {
            _isFilling = true;
            _filling = Task.Run(Fill);
        }
    }

    private void Fill()
    {
        byte[] fresh = SecretMemory.Allocate<byte>(PerStep * _length);
        try
        {
            PaillierRandomizers source = _source();
            while (NextStep() is int step and > 0)
            {
                Span<byte> randomizers = fresh.AsSpan(0, step * _length);
                source.Create(randomizers);
                Put(randomizers);
            }
        }
        catch (Exception failure)
        {
            lock (_gate)
            {
                _failure = ExceptionDispatchInfo.Capture(failure);
                _isFilling = false;
            }
        }
        finally
        {
            SecretMemory.Zero<byte>(fresh);
        }
    }

    /// <summary>How many to compute next; 0 ends the task, and whoever takes afterwards starts another.</summary>
    private int NextStep()
    {
        lock (_gate)
        {
            int step = _isDisposed ? 0 : Math.Min(PerStep, Capacity - _count);
            _isFilling = step > 0;
            return step;
        }
    }

    private void Put(Span<byte> randomizers)
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                randomizers.CopyTo(_ready.AsSpan(_count * _length));
                _count += randomizers.Length / _length;
            }
        }
    }
}
