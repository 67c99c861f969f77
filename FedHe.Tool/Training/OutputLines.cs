using System.Text;

namespace FedHe.Tool.Training;

/// <summary>Reads the output of a program line by line into a log. A line without an end is cut, so that no output fills the memory.</summary>
/// <param name="log">The log, which both outputs share.</param>
/// <param name="keep">Takes a line, and tells whether it belongs in the log.</param>
internal sealed class OutputLines(TextWriter log, Func<string, bool> keep)
{
    private const int LongestLine = 1 << 16;

    private readonly Lock _writing = new();

    public async Task ReadAsync(TextReader source)
    {
        var block = new char[4096];
        var line = new StringBuilder();
        for (int length = await source.ReadAsync(block); length > 0; length = await source.ReadAsync(block))
        {
            foreach (char one in block.AsMemory(0, length).Span)
            {
                if (one == '\n' || line.Length == LongestLine)
                {
                    Write(line);
                }

                if (one is not ('\n' or '\r'))
                {
                    line.Append(one);
                }
            }
        }

        if (line.Length > 0)
        {
            Write(line);
        }
    }

    private void Write(StringBuilder line)
    {
        string text = line.ToString();
        line.Clear();
        lock (_writing)
        {
            if (keep(text))
            {
                log.WriteLine(text);
                log.Flush();
            }
        }
    }
}
