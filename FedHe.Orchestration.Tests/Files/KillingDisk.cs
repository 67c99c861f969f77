using FedHe.Orchestration.Files;

namespace FedHe.Orchestration.Tests.Files;

/// <summary>A disk on which a process ends: before one of the things that are done to it, or in the middle of a write. A dead process does nothing more.</summary>
/// <param name="last">The number of things that are done before the end.</param>
internal sealed class KillingDisk(int last) : ClientDisk
{
    /// <summary>The number of things that were done.</summary>
    public int Done { get; private set; }

    public bool IsDead { get; private set; }

    /// <summary>Does one more thing, or ends.</summary>
    public void Pass()
    {
        if (IsDead || Done == last)
        {
            IsDead = true;
            throw new KilledException();
        }

        Done++;
    }

    public override Stream Create(string path)
    {
        Pass();
        return new KillingStream(this, base.Create(path));
    }

    public override void Flush(Stream file)
    {
        Pass();
        base.Flush(((KillingStream)file).Inner);
    }

    public override void Move(string from, string to)
    {
        Pass();
        base.Move(from, to);
    }

    public override void Delete(string path)
    {
        Pass();
        base.Delete(path);
    }

    /// <summary>The end of a process, as a test sees it.</summary>
    internal sealed class KilledException : Exception;

    private sealed class KillingStream(KillingDisk disk, Stream inner) : Stream
    {
        public Stream Inner => inner;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count)
        {
            try
            {
                disk.Pass();
            }
            catch (KilledException) when (WriteHalf(buffer, offset, count))
            {
                throw;
            }

            inner.Write(buffer, offset, count);
        }

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => inner.SetLength(value);

        public override void Flush() => inner.Flush();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }

        // Half of a write is what a full disk, or a kill of the machine, leaves.
        private bool WriteHalf(byte[] buffer, int offset, int count)
        {
            inner.Write(buffer, offset, count / 2);
            return true;
        }
    }
}
