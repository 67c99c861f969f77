using System.Text;
using FedHe.Tool.Output;

namespace FedHe.Tool.Training;

/// <summary>
/// Splits a command into its words, at spaces outside of quotes. No shell takes part, so nothing else has a meaning: a command that needs
/// one names it, as in <c>sh -c "..."</c>.
/// </summary>
internal static class CommandWords
{
    public static IReadOnlyList<string> Split(string command)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool isWord = false;
        char quote = '\0';
        foreach (char one in command)
        {
            if (quote != '\0')
            {
                if (one == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(one);
                }
            }
            else if (one is '"' or '\'')
            {
                (quote, isWord) = (one, true);
            }
            else if (!char.IsWhiteSpace(one))
            {
                word.Append(one);
                isWord = true;
            }
            else if (isWord)
            {
                words.Add(word.ToString());
                word.Clear();
                isWord = false;
            }
        }

        if (quote != '\0')
        {
            throw ToolException.Usage("A quote in --exec is not closed.");
        }

        if (isWord)
        {
            words.Add(word.ToString());
        }

        return words.Count > 0 ? words : throw ToolException.Usage("--exec names no command.");
    }
}
